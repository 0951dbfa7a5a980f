/** How many bytes of requests are held at one time, and who gives way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyBudget, type Held } from '../../../src/webhook/body-budget.ts';

const KiB = 1024;

function body(gone: string[], name: string): Held {
  return { bytes: 0, giveWay: () => gone.push(name) };
}

test('bodies that are whole leave no room for a large one, and still for small ones', () => {
  const budget = new BodyBudget(1000 * KiB, 100 * KiB);
  const whole = body([], 'whole');
  assert.ok(budget.begin(whole, 1000 * KiB));
  budget.arrived(whole, 1000 * KiB);
  budget.whole(whole);
  assert.equal(budget.begin(body([], 'large'), 100 * KiB), false);
  assert.equal(budget.begin(body([], 'small'), 2 * KiB), true);
  budget.end(whole);
  assert.equal(budget.begin(body([], 'large'), 100 * KiB), true);
});

test('of those that are not whole the oldest gives way, and what it held is free', () => {
  const gone: string[] = [];
  const budget = new BodyBudget(100 * KiB, 0);
  const [first, second, third] = ['first', 'second', 'third'].map((name) => body(gone, name)) as [Held, Held, Held];
  for (const each of [first, second]) {
    assert.ok(budget.begin(each, 50 * KiB));
    budget.arrived(each, 50 * KiB);
  }
  assert.ok(budget.begin(third, 2 * KiB));
  budget.arrived(third, 2 * KiB);
  assert.deepEqual(gone, ['first']);
  budget.arrived(first, 50 * KiB);
  assert.deepEqual([first.bytes, gone.length], [0, 1], 'what still comes of it does not count');
  budget.end(first);
  budget.end(third);
  budget.end(third);
  assert.ok(budget.begin(body(gone, 'fourth'), 100 * KiB));
});

test('a body that is more than the budget alone gives way itself', () => {
  const gone: string[] = [];
  const budget = new BodyBudget(10 * KiB, 0);
  const large = body(gone, 'large');
  assert.ok(budget.begin(large, 5 * KiB));
  budget.arrived(large, 11 * KiB);
  assert.deepEqual(gone, ['large']);
});
