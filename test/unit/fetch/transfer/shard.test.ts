/** What a shard leaves when it is discarded: nothing, or a failure that says so. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { scratchBudget } from '../../../../src/fetch/scratch/budget.ts';
import { discardShard, type Shard } from '../../../../src/fetch/transfer/shard.ts';

const { signal } = new AbortController();
const shardAt = (root: string): Shard => ({
  workspace: { root } as Shard['workspace'],
  present: [],
  written: new Set(),
  left: [],
  reserved: 60,
});

test('a discarded shard is gone, and its room is free', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-shard-'));
  try {
    const shard = shardAt(join(folder, 'shard-1'));
    mkdirSync(shard.workspace.root);
    writeFileSync(join(shard.workspace.root, 'object'), 'bytes');
    const budget = scratchBudget(100);
    budget.tryReserve(60);
    await discardShard(shard, budget, signal);
    assert.equal(existsSync(shard.workspace.root), false);
    assert.deepEqual([budget.free(), shard.reserved], [100, 0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('one that can’t be removed ends the fetch, as its room is not free', async () => {
  const budget = scratchBudget(100);
  budget.tryReserve(60);
  const shard = shardAt('/proc/version'); // nobody can remove it
  await assert.rejects(
    discardShard(shard, budget, signal),
    (error) => error instanceof FetchFailure && error.exit === 'io' && /scratch can't be emptied/.test(error.message),
  );
  assert.deepEqual([budget.free(), shard.reserved], [40, 60]);
});
