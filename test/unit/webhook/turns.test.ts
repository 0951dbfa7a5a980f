/** In which order reviews are answered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { makeTurns } from '../../../src/webhook/turns.ts';

test('small reviews of a turn are all begun before one is answered, and wait for one large review at most', async () => {
  const seen: string[] = [];
  const take = makeTurns();
  const job = (name: string, bytes: number) => ({
    bytes,
    run: async () => {
      seen.push(`${name} begins`);
      await undefined;
      seen.push(`${name} ends`);
    },
  });
  for (const name of ['large 1', 'large 2', 'large 3']) take(job(name, 2 ** 20));
  for (const name of ['small 1', 'small 2']) take(job(name, 2000));
  assert.equal(seen.length, 0, 'nothing runs in the turn in which it came');
  await nextTurn();
  take(job('small 3', 2000));
  await nextTurn();
  await nextTurn();
  assert.deepEqual(
    seen.filter((line) => line.endsWith('begins')).map((line) => line.slice(0, 7)),
    ['small 1', 'small 2', 'large 1', 'small 3', 'large 2', 'large 3'],
  );
  assert.ok(seen.indexOf('small 2 begins') < seen.indexOf('small 1 ends'));
});
