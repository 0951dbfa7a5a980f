/** Runs every golden fixture, and asks of each what holds for all: only additions, nothing lost, a second pass changes nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide } from '../../src/admission/decide.ts';
import type { Decision } from '../../src/admission/decision.ts';
import { denialStatus } from '../../src/admission/reasons.ts';
import { answerReview } from '../../src/admission/review.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { type Fixture, type Json, type JsonObject, readFixtures, requestFor } from './fixture.ts';
import { applyAdditions, assertPreserved } from './preservation.ts';

const fixtures = readFixtures();

it('covers at least fifty situations, each told once', () => {
  assert.ok(fixtures.length >= 50, `there are ${fixtures.length} fixtures`);
  const situations = fixtures.map((fixture) => fixture.situation);
  assert.equal(new Set(situations).size, situations.length);
});

for (const fixture of fixtures) {
  describe(`${fixture.situation} (${fixture.file})`, () => {
    const config = parseConfig(JSON.stringify(fixture.config));
    const pod = deeplyFrozen(fixture.pod);
    const decision = decide(requestFor(fixture, pod), config);

    it('is answered as the contract says', () => assertExpected(fixture, decision));

    it('is answered the same in a dry run', () => {
      assert.deepStrictEqual(decide(requestFor(fixture, pod, true), config), decision);
    });

    it('repeats no secret and is answered in printable lines', () => {
      const { response } = answerReview('uid', decision);
      const texts = [...(response.warnings ?? []), response.status?.message ?? ''];
      for (const text of texts) assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}]/u);
      for (const secret of fixture.secrets) {
        assert.ok(JSON.stringify(fixture.pod).includes(secret), `the fixture does not contain ${secret}`);
        assert.ok(!JSON.stringify([decision, response]).includes(secret), `the answer contains ${secret}`);
      }
    });

    if (decision.kind !== 'inject') return;
    const result = applyAdditions(pod, decision.operations);

    it('keeps every sibling and every unknown field', () => assertPreserved(pod, result));

    it('is left alone when it comes a second time, in whatever order', () => {
      for (const variant of [result, ...reorderings(result)]) assertUnchanged(fixture, variant, config);
    });
  });
}

function assertExpected(fixture: Fixture, decision: Decision): void {
  const { expect } = fixture;
  if ('denied' in expect) {
    assert.equal(decision.kind, 'deny', `the decision is ${JSON.stringify(decision)}`);
    if (decision.kind !== 'deny') return;
    const { code } = denialStatus(decision.reason);
    assert.deepStrictEqual({ reason: decision.reason, code, message: decision.message }, expect.denied);
  } else if ('skipped' in expect) {
    assert.deepStrictEqual(decision, { kind: 'skip', reason: expect.skipped });
  } else if ('unchanged' in expect) {
    assert.deepStrictEqual(decision, { kind: 'unchanged', reason: expect.unchanged, warnings: expect.warnings });
  } else {
    assert.equal(decision.kind, 'inject', `the decision is ${JSON.stringify(decision)}`);
    if (decision.kind !== 'inject') return;
    assert.deepStrictEqual(applyAdditions(fixture.pod, decision.operations), expect.pod);
    assert.deepStrictEqual(decision.warnings, expect.warnings);
  }
}

function assertUnchanged(fixture: Fixture, pod: Json, config: Config): void {
  const again = decide(requestFor(fixture, pod), config);
  assert.equal(again.kind, 'unchanged', `the second decision is ${JSON.stringify(again)}`);
  assert.equal(answerReview('uid', again).response.patch, undefined);
}

/** The pod with its env, volumes, initContainers and volumeMounts reversed, and turned by one, two and three places. */
function reorderings(pod: Json): Json[] {
  const orders: ((list: Json[]) => Json[])[] = [
    (list) => list.toReversed(),
    ...[1, 2, 3].map((by) => (list: Json[]) => [
      ...list.slice(by % (list.length || 1)),
      ...list.slice(0, by % (list.length || 1)),
    ]),
  ];
  return orders.map((order) => reordered(pod, order));
}

function reordered(value: Json, order: (list: Json[]) => Json[]): Json {
  if (Array.isArray(value)) return value.map((item) => reordered(item, order));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, item]): [string, Json] => {
    const inner = reordered(item, order);
    const isList = Array.isArray(inner) && ['env', 'volumes', 'initContainers', 'volumeMounts'].includes(key);
    return [key, isList ? order(inner) : inner];
  });
  return Object.fromEntries(entries);
}

/** Any attempt to change the input then throws. */
function deeplyFrozen(value: JsonObject): JsonObject {
  const freeze = (each: Json): void => {
    if (each === null || typeof each !== 'object') return;
    Object.freeze(each);
    for (const inner of Object.values(each)) freeze(inner);
  };
  freeze(value);
  return value;
}
