import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRetries } from '../../../src/storage/retries.ts';

const bounds = { first: 1_000, slowest: 10_000 };

test('each namespace is retried after a back-off of its own, until it is forgotten', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const retried: string[] = [];
  const retries = makeRetries((namespace) => retried.push(namespace));
  const inUpperHalf = (delay: number, full: number) => assert.ok(delay >= full / 2 && delay <= full, String(delay));
  inUpperHalf(retries.schedule('broken', bounds), 1_000);
  inUpperHalf(retries.schedule('broken', bounds), 2_000);
  inUpperHalf(retries.schedule('other', bounds), 1_000);
  context.mock.timers.tick(2_000);
  assert.deepEqual(retried.sort(), ['broken', 'other']);
  retries.schedule('broken', bounds);
  retries.forget('broken');
  context.mock.timers.tick(60_000);
  assert.deepEqual(retried, ['broken', 'other']);
  inUpperHalf(retries.schedule('broken', bounds), 1_000);
  retries.stop();
  context.mock.timers.tick(60_000);
  assert.deepEqual(retried, ['broken', 'other']);
});
