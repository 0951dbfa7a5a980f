/** The scratch that a shard reserved while it fills: its objects share it, and a single one may have what is free. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchBudget } from '../../../../src/fetch/scratch/budget.ts';
import { reserveForShard } from '../../../../src/fetch/transfer/reservation.ts';

const { signal } = new AbortController();

test('objects get parts of what the shard reserved, and what nobody has is given back at the end', async () => {
  const budget = scratchBudget(100);
  const shard = { reserved: 0 };
  const reservation = await reserveForShard(shard, 50, budget, signal);
  assert.equal(budget.free(), 50);
  assert.equal(reservation.resize(0, 30), true);
  assert.equal(reservation.resize(0, 21), false, 'although the budget has more: others have a right to it');
  assert.equal(reservation.resize(0, 10), true);
  assert.equal(reservation.resize(10, 0), true);
  reservation.close();
  assert.deepEqual([shard.reserved, budget.free()], [30, 70]);
});

test('an object that turns out to be larger takes the difference', async () => {
  const budget = scratchBudget(100);
  const shard = { reserved: 0 };
  const reservation = await reserveForShard(shard, 50, budget, signal);
  assert.equal(reservation.resize(0, 10), true);
  assert.equal(reservation.resize(0, 10), true);
  assert.equal(reservation.resize(10, 40), true);
  assert.equal(reservation.resize(40, 41), false);
  reservation.close();
  assert.equal(shard.reserved, 50);
});

test('the only object of a shard may have all that is free, and no more', async () => {
  const budget = scratchBudget(100);
  budget.tryReserve(20);
  const shard = { reserved: 0 };
  const reservation = await reserveForShard(shard, 30, budget, signal);
  assert.equal(reservation.resize(0, 81), false);
  assert.equal(reservation.resize(0, 60), true);
  assert.equal(reservation.resize(60, 80), true);
  assert.deepEqual([shard.reserved, budget.free()], [80, 0]);
  assert.equal(reservation.resize(0, 1), false);
  reservation.close();
  assert.equal(shard.reserved, 80);
});
