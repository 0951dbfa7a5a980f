/** What the native source does with room, memory and trouble, against a server that gives objects as it is told. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DirEntry } from '../../../../src/fetch/dvc-format/dir-object.ts';
import { byContent } from '../../../../src/fetch/dvc-format/object-naming.ts';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { onDisk, type ScratchBudget, scratchBudget } from '../../../../src/fetch/scratch/budget.ts';
import { NativeSource } from '../../../../src/fetch/transfer/native-source.ts';
import type { Shard } from '../../../../src/fetch/transfer/shard.ts';
import type { TreeWriter } from '../../../../src/fetch/tree/write.ts';
import { fetchContext } from '../../../support/fetch/context.ts';
import {
  brokenOff,
  type ObjectServer,
  type Reply,
  refusal,
  startObjectServer,
  whole,
} from '../../../support/s3/object-server.ts';

const { signal } = new AbortController();

interface Fixture extends AsyncDisposable {
  server: ObjectServer;
  source: NativeSource;
  budget: ScratchBudget;
  /** An empty shard. */
  open(): Shard;
}

interface FixtureOptions {
  parallel?: number;
  writer?: Pick<TreeWriter, 'writeBytes'>;
  total?: number;
  readSeconds?: number;
}

async function makeFixture(
  replyFor: (oid: string, before: number) => Reply,
  options: FixtureOptions = {},
): Promise<Fixture> {
  const { total = 2 ** 30, parallel = 8, readSeconds = 60 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-native-'));
  const server = await startObjectServer(replyFor);
  const budget = scratchBudget(total);
  const writer = options.writer ?? { writeBytes: async () => {} };
  const client = server.connect({ connections: parallel, readSeconds });
  const source = new NativeSource(client, writer, budget, fetchContext({ signal, jobs: parallel }));
  let opened = 0;
  return {
    server,
    source,
    budget,
    open() {
      opened += 1;
      const root = join(folder, `shard-${opened}`);
      const workspace = { root, object: (oid: string) => join(root, byContent.path(oid)) } as Shard['workspace'];
      return { workspace, present: [], written: new Set(), left: [], reserved: 0 };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Distinct objects of these sizes: their bytes by id, and their entries. */
function objectsOf(sizes: readonly number[]): { bytes: Map<string, Buffer>; entries: DirEntry[] } {
  const bytes = new Map<string, Buffer>();
  const entries = sizes.map((size, i) => {
    const content = Buffer.alloc(size, `object ${i} `);
    const md5 = createHash('md5').update(content).digest('hex');
    bytes.set(md5, content);
    return { md5, relpath: `${i}.bin` };
  });
  return { bytes, entries };
}

const given = (bytes: Map<string, Buffer>) => (oid: string) => whole(bytes.get(oid) ?? assert.fail(oid));
const usual = { objects: 100, bytes: 2 ** 28 };

test('no answer is kept waiting while a shard waits for room, however long that takes', async () => {
  const { bytes, entries } = objectsOf([5]);
  await using one = await makeFixture(given(bytes), { total: 1_000_000, readSeconds: 1 });
  one.budget.tryReserve(1_000_000);
  const shard = one.open();
  const filled = one.source.fill(shard, [...entries], { objects: 10, bytes: 300_000 });
  await sleep(2_500);
  assert.deepEqual(one.server.asked, []);
  one.budget.release(1_000_000);
  await filled;
  assert.deepEqual(shard.present, entries);
  assert.equal(shard.reserved, onDisk(5), 'and keeps of it what it has use for');
});

test('an object that is larger than a shard’s share gets a shard of its own, once there is room for all of it', async () => {
  const { bytes, entries } = objectsOf([700_000, 100, 200]);
  const [large, ...small] = entries as [DirEntry, ...DirEntry[]];
  await using one = await makeFixture(given(bytes), { total: 900_000 });
  one.budget.tryReserve(400_000); // another shard
  const queue = [...small, large];
  const first = one.open();
  await one.source.fill(first, queue, { objects: 10, bytes: 300_000 });
  assert.deepEqual(new Set(first.present), new Set(small));
  assert.deepEqual(queue, [large]);
  const second = one.open();
  const filled = one.source.fill(second, queue, { objects: 10, bytes: 300_000 });
  await sleep(100);
  assert.deepEqual(second.present, []);
  one.budget.release(400_000);
  await filled;
  assert.deepEqual(second.present, [large]);
  assert.equal(one.budget.free(), 900_000 - first.reserved - second.reserved);
});

test('what the room does not hold is left for the next shard', async () => {
  const sizes = Array.from({ length: 40 }, (_, i) => 10_000 + i);
  const { bytes, entries } = objectsOf(sizes);
  await using one = await makeFixture(given(bytes), { total: 300_000 });
  const queue = [...entries];
  const shards: Shard[] = [];
  while (queue.length > 0) {
    const shard = one.open();
    await one.source.fill(shard, queue, { objects: 100, bytes: 100_000 });
    assert.ok(shard.reserved <= 100_000);
    assert.equal(shard.reserved, shard.present.length * onDisk(10_000));
    shards.push(shard);
    one.budget.release(shard.reserved);
  }
  assert.deepEqual(new Set(shards.flatMap(({ present }) => present)), new Set(entries));
  assert.ok(shards.length < 10, `${shards.length} shards`);
});

test('a second attempt that tells of more bytes gets room for them, or none at all', async () => {
  const { bytes, entries } = objectsOf([200_000]);
  const content = bytes.values().next().value ?? assert.fail();
  const lying = (_: string, before: number) => (before === 0 ? brokenOff(10, Buffer.from('xxx')) : whole(content));
  await using roomy = await makeFixture(lying, { total: 1_000_000 });
  const shard = roomy.open();
  await roomy.source.fill(shard, [...entries], { objects: 10, bytes: 50_000 });
  assert.deepEqual(shard.present, entries);
  assert.equal(shard.reserved, onDisk(200_000));
  await using narrow = await makeFixture(lying, { total: 100_000 });
  await assert.rejects(
    narrow.source.fill(narrow.open(), [...entries], { objects: 10, bytes: 50_000 }),
    (error) => error instanceof FetchFailure && error.exit === 'io' && /"0\.bin" alone needs/.test(error.message),
  );
});

test('an object that is damaged or absent takes no room, and leaves no file', async () => {
  const { bytes, entries } = objectsOf([2_000_000, 1_000, 1_001]);
  const [large, small, absent] = entries as [DirEntry, DirEntry, DirEntry];
  const damaged = (oid: string) =>
    oid === absent.md5 ? refusal(404) : whole(Buffer.alloc(bytes.get(oid)?.length ?? 0));
  await using one = await makeFixture(damaged);
  const shard = one.open();
  await one.source.fill(shard, [...entries], usual);
  assert.deepEqual(new Set(shard.left), new Set([large, small, absent]));
  assert.equal(shard.reserved, 0);
  for (const { md5 } of entries) assert.equal(existsSync(shard.workspace.object(md5)), false);
});

test('a large object that breaks off for good leaves no half of it to be taken for the whole', async () => {
  const { entries } = objectsOf([2_000_000]);
  await using one = await makeFixture(() => brokenOff(2_000_000, Buffer.alloc(100_000)));
  const shard = one.open();
  await one.source.fill(shard, [...entries], usual);
  assert.deepEqual(shard.left, entries);
  assert.equal(existsSync(shard.workspace.object(entries[0]?.md5 ?? '')), false);
});

test('however many requests there are, only so much is in memory; the rest goes through scratch', async () => {
  const mebibyte = 2 ** 20;
  const { bytes, entries } = objectsOf(Array.from({ length: 100 }, (_, i) => mebibyte - i));
  let inMemory = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const writeBytes = async (_: DirEntry, content: Buffer) => {
    inMemory += content.length;
    most = Math.max(most, inMemory);
    await gate.promise; // a slow volume
    inMemory -= content.length;
  };
  await using one = await makeFixture(given(bytes), { parallel: 100, writer: { writeBytes } });
  const shard = one.open();
  const filled = one.source.fill(shard, [...entries], usual);
  while (shard.present.length < entries.length) await sleep(20);
  gate.resolve();
  await filled;
  assert.ok(most > 32 * mebibyte && most <= 64 * mebibyte, `${most}`);
  assert.ok(shard.written.size < 100);
  for (const entry of entries) {
    assert.ok(readFileSync(shard.workspace.object(entry.md5)).equals(bytes.get(entry.md5) ?? Buffer.alloc(0)));
  }
});

test('what S3 fails to give is left to DVC, and the next shard is asked of S3 again', async () => {
  const { bytes, entries } = objectsOf([10, 20, 30]);
  const [first, second, third] = entries as [DirEntry, DirEntry, DirEntry];
  const failing = (oid: string) => (oid === second.md5 ? refusal(503) : given(bytes)(oid));
  await using one = await makeFixture(failing, { parallel: 1 });
  const queue = [third, second, first];
  const shard = one.open();
  await one.source.fill(shard, queue, usual);
  assert.deepEqual([shard.present, shard.left, queue], [[first], [second], [third]]);
  assert.equal(one.source.available, true);
  const next = one.open();
  await one.source.fill(next, queue, usual);
  assert.deepEqual([next.present, next.left, queue], [[third], [], []]);
});

test('an S3 that gave nothing for two shards is asked no more', async () => {
  const { entries } = objectsOf([10, 20, 30]);
  await using one = await makeFixture(() => refusal(503), { parallel: 1 });
  const queue = [...entries];
  for (const available of [true, false]) {
    await one.source.fill(one.open(), queue, usual);
    assert.equal(one.source.available, available);
  }
  assert.equal(queue.length, 1);
});

test('an S3 that refuses is asked no more, and DVC gets all of the rest', async () => {
  const { entries } = objectsOf([10, 20, 30]);
  await using one = await makeFixture(() => refusal(403), { parallel: 1 });
  const shard = one.open();
  const queue = [...entries];
  await one.source.fill(shard, queue, usual);
  assert.deepEqual([shard.present, shard.left, queue.length], [[], [], 3]);
  assert.equal(one.source.available, false);
  assert.equal(one.server.asked.length, 1);
});
