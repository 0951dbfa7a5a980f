/** A pull that is watched from outside: its bytes are told as they are, and bounded by what they take on disk. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { measureCache, type WatchBounds, watchGrowth } from '../../../../src/fetch/dvc/watch-workspace.ts';
import type { Workspace } from '../../../../src/fetch/dvc/workspace.ts';
import { byContent } from '../../../../src/fetch/dvc-format/object-naming.ts';
import { onDisk } from '../../../../src/fetch/scratch/budget.ts';
import { eventually } from '../../../support/eventually.ts';

let root: string;
let workspace: Workspace;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dvc-injector-watch-'));
  workspace = { root, object: (oid: string) => join(root, 'cache', byContent.path(oid)) } as Workspace;
});
afterEach(() => rmSync(root, { recursive: true }));

/** As a pull of a shard is watched. */
function watchPull(bounds: WatchBounds, onArrived: (objects: number, bytes: number) => void = () => {}) {
  return watchGrowth(measureCache(workspace, onArrived), bounds);
}

/** Puts an object as DVC does: under another name until it is whole. */
function bring(digit: string, bytes: number, whole = true): void {
  const path = workspace.object(digit.repeat(32));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, Buffer.alloc(bytes));
  if (whole) renameSync(`${path}.part`, path);
}

test('two objects of one byte are told as two bytes, once each', async () => {
  const told: [number, number][] = [];
  bring('0', 1000); // there before
  const watch = await watchPull({ bytes: 1e9, stallSeconds: 60 }, (...more) => told.push(more));
  bring('a', 1);
  await eventually('the first is told', async () => told.length > 0);
  bring('b', 1);
  bring('c', 5_000, false);
  await watch.end();
  assert.deepEqual(told, [
    [1, 1],
    [1, 1],
  ]);
  assert.equal(watch.verdict, null);
});

test('the bound is of whole blocks, finished or not', async () => {
  const bytes = onDisk(1) + onDisk(5_000);
  const watch = await watchPull({ bytes, stallSeconds: 60 });
  bring('a', 1);
  bring('b', 5_000, false);
  await watch.end();
  assert.equal(watch.verdict, null);
  const next = await watchPull({ bytes: bytes - 1, stallSeconds: 60 });
  bring('c', 1);
  bring('d', 5_000, false);
  await eventually('it is ended', async () => next.stop.aborted);
  assert.equal(next.verdict, 'too large');
  await next.end();
});

test('a run that has ended by itself is not judged any more, nor failed by a last look that fails', async () => {
  let failing = false;
  const watch = await watchGrowth(() => (failing ? Promise.reject(new Error('EIO')) : 0), {
    bytes: 1,
    stallSeconds: 60,
  });
  failing = true;
  await watch.end();
  assert.deepEqual([watch.verdict, watch.stop.aborted], [null, false]);
});
