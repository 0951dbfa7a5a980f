/** The AdmissionReview as it comes in and goes out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Decision } from '../../../src/admission/decision.ts';
import { type DenialReason, denialStatus, reasons } from '../../../src/admission/reasons.ts';
import { answerReview, MalformedReview, parseReview } from '../../../src/admission/review.ts';
import { injectionOf, podWith, unprintable } from '../../support/admission/pods.ts';

const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    requestKind: { group: '', version: 'v1', kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'research',
    userInfo: { username: 'admin', groups: ['system:masters'] },
    object: podWith(),
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  },
};

describe('a review', () => {
  it('is read as the API server sends it', () => {
    assert.deepStrictEqual(parseReview(review), {
      uid: review.request.uid,
      kind: review.request.kind,
      subResource: '',
      operation: 'CREATE',
      namespace: 'research',
      name: '',
      dryRun: false,
      object: podWith(),
    });
  });

  it('hands on the very object, with every field it came with', () => {
    assert.equal(parseReview(review).object, review.request.object);
  });

  it('says whether it is a dry run', () => {
    for (const dryRun of [true, false])
      assert.equal(parseReview({ ...review, request: { ...review.request, dryRun } }).dryRun, dryRun);
  });

  it('of a core kind may leave the empty group out', () => {
    const { group: _, ...kind } = review.request.kind;
    assert.equal(parseReview({ ...review, request: { ...review.request, kind } }).kind.group, '');
  });

  for (const [what, body, field] of [
    ['nothing', undefined, 'the body'],
    ['null', null, 'the body'],
    ['a text', 'review', 'the body'],
    ['a list', [], 'the body'],
    ['an empty object', {}, 'apiVersion'],
    ['another version', { ...review, apiVersion: 'admission.k8s.io/v1beta1' }, 'apiVersion'],
    ['another kind', { ...review, kind: 'Pod' }, 'kind'],
    ['no request', { ...review, request: undefined }, 'request'],
    ['no uid', { ...review, request: { ...review.request, uid: undefined } }, 'request.uid'],
    ['an empty uid', { ...review, request: { ...review.request, uid: '' } }, 'request.uid'],
    ['an endless uid', { ...review, request: { ...review.request, uid: 'x'.repeat(10_000) } }, 'request.uid'],
    ['a namespace that is no text', { ...review, request: { ...review.request, namespace: {} } }, 'request.namespace'],
    ['no operation', { ...review, request: { ...review.request, operation: null } }, 'request.operation'],
  ] as const) {
    it(`that is ${what} is refused by its field`, () => {
      assert.throws(
        () => parseReview(body),
        (error: unknown) => {
          assert.ok(error instanceof MalformedReview);
          assert.ok(error.message.includes(`: ${field}: `), error.message);
          return true;
        },
      );
    });
  }

  it('of whatever JSON throws nothing but MalformedReview, in one line', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          apiVersion: fc.constantFrom('admission.k8s.io/v1', 'v1', 1),
          kind: fc.constantFrom('AdmissionReview', null),
          request: fc.oneof(
            fc.jsonValue(),
            fc.record(
              {
                uid: fc.oneof(fc.constant('u'), fc.jsonValue()),
                kind: fc.oneof(fc.constant(review.request.kind), fc.jsonValue()),
                operation: fc.oneof(fc.constant('CREATE'), fc.jsonValue()),
                namespace: fc.oneof(fc.constant('n'), fc.jsonValue()),
                subResource: fc.oneof(fc.constant(''), fc.jsonValue()),
                dryRun: fc.oneof(fc.boolean(), fc.jsonValue()),
                object: fc.jsonValue(),
              },
              { requiredKeys: [] },
            ),
          ),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(anything, (body) => {
        try {
          parseReview(body);
        } catch (error) {
          assert.ok(error instanceof MalformedReview, `${error}`);
          assert.doesNotMatch(error.message, unprintable);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('the answer', () => {
  const uid = review.request.uid;

  it('to an injection is allowed, with the patch as base64 of a JSON array', () => {
    const injection = injectionOf(podWith());
    const { response, ...rest } = answerReview(uid, injection);
    assert.deepStrictEqual(rest, { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
    assert.deepStrictEqual([response.uid, response.allowed, response.patchType], [uid, true, 'JSONPatch']);
    assert.match(response.patch ?? '', /^[A-Za-z0-9+/]+={0,2}$/);
    assert.deepStrictEqual(JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()), injection.operations);
    assert.ok(!('warnings' in response) && !('status' in response));
  });

  it('to an injected or foreign pod is allowed and has no patch', () => {
    for (const decision of [
      { kind: 'unchanged', reason: 'already-injected', warnings: [] },
      { kind: 'skip', reason: 'not-annotated' },
    ] satisfies Decision[]) {
      assert.deepStrictEqual(answerReview(uid, decision).response, { uid, allowed: true });
    }
  });

  it('to a denial carries code, reason and message in its status, and no patch', () => {
    const { response } = answerReview(uid, { kind: 'deny', reason: 'mount-conflict', message: 'a\nb' });
    assert.deepStrictEqual(response, {
      uid,
      allowed: false,
      status: { code: 409, reason: 'Conflict', message: 'a b' },
    });
  });

  it('to an outage is one that controllers retry', () => {
    const { response } = answerReview(uid, { kind: 'deny', reason: 'api-unavailable', message: 'x' });
    assert.deepStrictEqual([response.status?.code, response.status?.reason], [503, 'ServiceUnavailable']);
  });

  it('carries warnings of the pod, then of the claim, each one printable line of at most 256 characters', () => {
    const decision: Decision = {
      kind: 'unchanged',
      reason: 'already-injected',
      warnings: ['one\r\ntwo\u0007', 'x'.repeat(300)],
    };
    const { warnings } = answerReview(uid, decision, ['claim']).response;
    assert.deepStrictEqual(warnings, ['one two', `${'x'.repeat(255)}…`, 'claim']);
  });

  it('to any denial never has the reason AlreadyExists, which controllers take for success', () => {
    for (const [reason, row] of Object.entries(reasons)) {
      if (row.decision !== 'deny') continue;
      const { status } = answerReview(uid, { kind: 'deny', reason: reason as DenialReason, message: 'x' }).response;
      assert.notEqual(status?.reason, 'AlreadyExists');
      assert.deepStrictEqual({ code: status?.code, reason: status?.reason }, denialStatus(reason as DenialReason));
    }
  });
});
