/** When a fetch that does not end by itself is ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastResort } from '../../../src/fetch/last-resort.ts';

test('of several ends the soonest counts, whichever began first', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const [first, second] of [
    [20_000, 8_000],
    [8_000, 20_000],
  ] as const) {
    let stuck = 0;
    const resort = lastResort(
      () => {},
      () => {
        stuck += 1;
      },
    );
    resort.begin(first);
    resort.begin(second);
    t.mock.timers.tick(7_999);
    assert.equal(stuck, 0);
    t.mock.timers.tick(1);
    assert.equal(stuck, 1);
    t.mock.timers.tick(30_000);
    assert.equal(stuck, 1);
    resort.end();
  }
});
