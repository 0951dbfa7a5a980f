/** The room of a shard under way: its objects share what was taken, and a single one may have what is free. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scratchBudget } from '../../../../src/fetch/scratch/budget.ts';
import { takeRoom } from '../../../../src/fetch/transfer/shard-room.ts';

const { signal } = new AbortController();

test('objects get parts of the shard’s room, and what nobody has is given back at the end', async () => {
  const budget = scratchBudget(100);
  const shard = { reserved: 0 };
  const room = await takeRoom(shard, 50, budget, signal);
  assert.equal(budget.free(), 50);
  assert.equal(room.resize(0, 30), true);
  assert.equal(room.resize(0, 21), false, 'although there is room in the budget: others have a right to it');
  assert.equal(room.resize(0, 10), true);
  assert.equal(room.resize(10, 0), true);
  room.close();
  assert.deepEqual([shard.reserved, budget.free()], [30, 70]);
});

test('an object that turns out to be larger takes the difference', async () => {
  const budget = scratchBudget(100);
  const shard = { reserved: 0 };
  const room = await takeRoom(shard, 50, budget, signal);
  assert.equal(room.resize(0, 10), true);
  assert.equal(room.resize(0, 10), true);
  assert.equal(room.resize(10, 40), true);
  assert.equal(room.resize(40, 41), false);
  room.close();
  assert.equal(shard.reserved, 50);
});

test('the only object of a shard may have all that is free, and no more', async () => {
  const budget = scratchBudget(100);
  budget.tryReserve(20);
  const shard = { reserved: 0 };
  const room = await takeRoom(shard, 30, budget, signal);
  assert.equal(room.resize(0, 81), false);
  assert.equal(room.resize(0, 60), true);
  assert.equal(room.resize(60, 80), true);
  assert.deepEqual([shard.reserved, budget.free()], [80, 0]);
  assert.equal(room.resize(0, 1), false);
  room.close();
  assert.equal(shard.reserved, 80);
});
