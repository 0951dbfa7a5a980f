import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { makeReconcileLoop } from '../../../src/kubernetes/reconcile-loop.ts';

test('triggers during a run lead to one more run, never to two at once', async () => {
  let running = 0;
  let runs = 0;
  const release: (() => void)[] = [];
  const reconcile = async () => {
    runs += 1;
    running += 1;
    assert.equal(running, 1);
    await new Promise<void>((resolve) => release.push(resolve));
    running -= 1;
  };
  const loop = makeReconcileLoop({ reconcile, interval: 60_000, onSuccess() {}, onFailure: assert.ifError });
  for (let count = 0; count < 3; count += 1) loop.trigger();
  release.shift()?.();
  await turn();
  assert.equal(runs, 2);
  release.shift()?.();
  await turn();
  assert.equal(runs, 2);
  loop.stop();
});

test('a failed run is reported with the delay, and repeated after it', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const events: string[] = [];
  let fails = true;
  const loop = makeReconcileLoop({
    reconcile: async () => {
      if (fails) throw new Error('refused');
    },
    interval: 60_000,
    onSuccess: () => events.push('success'),
    onFailure(error, retryMs) {
      assert.ok(retryMs >= 250 && retryMs <= 500, String(retryMs));
      events.push((error as Error).message);
    },
  });
  loop.trigger();
  await turn();
  assert.deepEqual(events, ['refused']);
  fails = false;
  context.mock.timers.tick(500);
  await turn();
  assert.deepEqual(events, ['refused', 'success']);
  context.mock.timers.tick(60_000);
  await turn();
  assert.deepEqual(events, ['refused', 'success', 'success']);
  loop.stop();
});

test('after stop neither a trigger nor the interval runs it', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let runs = 0;
  const reconcile = async () => {
    runs += 1;
  };
  const loop = makeReconcileLoop({ reconcile, interval: 1_000, onSuccess() {}, onFailure: assert.ifError });
  loop.trigger();
  await turn();
  loop.stop();
  context.mock.timers.tick(10_000);
  loop.trigger();
  await turn();
  assert.equal(runs, 1);
  assert.equal(loop.stopped(), true);
});
