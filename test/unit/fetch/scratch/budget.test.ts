/** Room on scratch: who waits, who goes first, and that it is never given twice. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { measureBudget, onDisk, requireSpace, scratchBudget } from '../../../../src/fetch/scratch/budget.ts';

const signal = new AbortController().signal;

test('what is taken is gone until it is released', () => {
  const budget = scratchBudget(100);
  assert.equal(budget.tryReserve(60), true);
  assert.equal(budget.free(), 40);
  assert.equal(budget.tryReserve(41), false);
  budget.release(60);
  assert.equal(budget.tryReserve(100), true);
});

test('whoever finds no room waits for it', async () => {
  const budget = scratchBudget(100);
  await budget.reserve(80, signal);
  let granted = false;
  const waiting = budget.reserve(50, signal).then(() => {
    granted = true;
  });
  await turn();
  assert.equal(granted, false);
  budget.release(80);
  await waiting;
  assert.equal(budget.free(), 50);
});

test('who asks first is served first: a small wish does not overtake a large one', async () => {
  const budget = scratchBudget(100);
  await budget.reserve(50, signal);
  const granted: string[] = [];
  const large = budget.reserve(90, signal).then(() => granted.push('large'));
  const small = budget.reserve(10, signal).then(() => granted.push('small'));
  assert.equal(budget.tryReserve(10), false);
  await turn();
  assert.deepEqual(granted, []);
  budget.release(50);
  await Promise.all([large, small]);
  assert.deepEqual(granted, ['large', 'small']);
  assert.equal(budget.free(), 0);
});

test('when the first gives up, those behind it are served', async () => {
  const budget = scratchBudget(100);
  await budget.reserve(50, signal);
  const controller = new AbortController();
  const first = budget.reserve(90, controller.signal);
  const second = budget.reserve(30, signal);
  controller.abort(new Error('enough'));
  await assert.rejects(first, /enough/);
  await second;
  assert.equal(budget.free(), 20);
});

test('more than there is in all is an error, and not waited for', async () => {
  await assert.rejects(scratchBudget(100).reserve(101, signal), RangeError);
});

test('an abort ends the wait with its reason, and nothing is taken by it afterwards', async () => {
  const budget = scratchBudget(100);
  await budget.reserve(100, signal);
  const controller = new AbortController();
  const waiting = budget.reserve(50, controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  budget.release(100);
  await turn();
  assert.equal(budget.free(), 100);
});

test('a file that can never fit is refused by its name', () => {
  const budget = scratchBudget(100);
  requireSpace(budget, 100, 'fits');
  assert.throws(
    () => requireSpace(budget, 101, 'a/large.bin'),
    (error) =>
      error instanceof FetchFailure &&
      error.exit === 'io' &&
      /^"a\/large\.bin" alone needs 101 bytes/.test(error.message),
  );
});

test('a file takes whole blocks and its inode', () => {
  assert.equal(onDisk(0), 4096);
  assert.equal(onDisk(1), 8192);
  assert.equal(onDisk(4096), 8192);
  assert.equal(onDisk(4097), 12288);
});

test('of a limit a fifth stays free, and of a small one half; what lies there already counts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-budget-'));
  try {
    const mebibyte = 2 ** 20;
    const own = (await measureBudget(folder, 8 * mebibyte)).total;
    assert.ok(own <= 4 * mebibyte && own > 4 * mebibyte - 8192, `${own}`); // but for the folder's own block
    assert.ok((await measureBudget(folder, 1024 * mebibyte)).total <= 820 * mebibyte);
    writeFileSync(join(folder, 'there'), Buffer.alloc(mebibyte));
    assert.equal((await measureBudget(folder, 8 * mebibyte)).total, own - mebibyte);
    await assert.rejects(measureBudget(folder, mebibyte), /leaves no room for data/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
