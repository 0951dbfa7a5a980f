/** The overlap of a fetch's steps: one item ahead, in order, and nothing left running or unhandled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { readAhead } from '../../../../src/fetch/transfer/read-ahead.ts';

async function* counting(made: number[], to: number, fails?: number): AsyncGenerator<number> {
  for (let i = 1; i <= to; i += 1) {
    await turn();
    if (i === fails) throw new Error(`no ${i}`);
    made.push(i);
    yield i;
  }
}

test('the items come in order, and the next one is made while one is in use', async () => {
  const made: number[] = [];
  const seen: number[] = [];
  for await (const item of readAhead(counting(made, 4))) {
    seen.push(item);
    for (let i = 0; i < 5; i += 1) await turn();
    assert.equal(made.length, Math.min(item + 1, 4), 'one ahead, and no more');
  }
  assert.deepEqual(seen, [1, 2, 3, 4]);
});

test('after an item that does not allow it, the next one is made only when that is done with', async () => {
  const made: number[] = [];
  for await (const item of readAhead(counting(made, 5), (each) => each % 2 === 1)) {
    for (let i = 0; i < 5; i += 1) await turn();
    assert.equal(made.length, item % 2 === 1 ? Math.min(item + 1, 5) : item);
  }
  assert.deepEqual(made, [1, 2, 3, 4, 5]);
});

test('an error reaches the user after the items before it', async () => {
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const item of readAhead(counting([], 4, 3))) {
      seen.push(item);
      for (let i = 0; i < 5; i += 1) await turn(); // the error is there before it is asked for: and not unhandled
    }
  }, /no 3/);
  assert.deepEqual(seen, [1, 2]);
});

test('whoever stops early ends the source', async () => {
  let ended = false;
  async function* source(): AsyncGenerator<number> {
    try {
      yield* counting([], 100);
    } finally {
      ended = true;
    }
  }
  for await (const item of readAhead(source())) if (item === 2) break;
  assert.equal(ended, true);
});
