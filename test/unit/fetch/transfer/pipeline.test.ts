/**
 * The order in which shards get room on scratch: whatever the sizes and the faults, all of it comes, and none waits for
 * another for ever. Everything of ours is real; in the place of DVC is a program that does nothing but copy.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { dvcForks } from '../../../../src/fetch/dvc/fork-server.ts';
import { onDisk, scratchBudget } from '../../../../src/fetch/scratch/budget.ts';
import { NativeSource } from '../../../../src/fetch/transfer/native-source.ts';
import { transferObjects } from '../../../../src/fetch/transfer/pipeline.ts';
import { shardQuota } from '../../../../src/fetch/transfer/pull-shard.ts';
import { discardShard } from '../../../../src/fetch/transfer/shard.ts';
import { fetchContext } from '../../../support/fetch/context.ts';
import { refusal, startObjectServer, whole, withoutLength } from '../../../support/s3/object-server.ts';

/** How S3 gives an object. What it doesn't give, or not in this way, the program in DVC's place has to bring. */
interface Wanted {
  bytes: number;
  way: 'whole' | 'damaged' | 'without length' | 'not';
}

const total = 40 * 4096;
const quota = shardQuota(scratchBudget(total));
/** No fetch of these takes so long, on however slow a machine: one that does hangs. */
const hangs = 60_000;

/**
 * What DVC does as far as scratch is concerned. A download that is larger than a quota goes on so slowly that whoever
 * watches it can end it in time. Once ended it leaves a project in which a further run finds nothing to do, as DVC's
 * index then does now and then.
 */
function standIn(remote: string): string {
  return `#!${process.execPath}
const { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } = process.getBuiltinModule('node:fs');
const { dirname, join } = process.getBuiltinModule('node:path');
const pathOf = (oid) => join('files', 'md5', oid.slice(0, 2), oid.slice(2));
const oid = /md5: (\\S+)/.exec(readFileSync('data.dvc', 'utf8'))[1];
if (existsSync('begun')) process.exit(0);
writeFileSync('begun', '');
process.once('exit', () => rmSync('begun'));
let brought = 0;
for (const { md5, relpath } of JSON.parse(readFileSync(join('cache', pathOf(oid)), 'utf8'))) {
  const object = join('cache', pathOf(md5));
  if (!existsSync(object)) {
    if (process.argv.includes('nothing')) process.exit(1);
    mkdirSync(dirname(object), { recursive: true });
    copyFileSync(join(${JSON.stringify(remote)}, md5), object);
    brought += statSync(object).size + 8192;
    if (brought > ${quota}) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  }
  mkdirSync(dirname(join('data', relpath)), { recursive: true });
  if (!existsSync(join('data', relpath))) linkSync(object, join('data', relpath));
}
`;
}

/** Transfers such objects to a consumer that takes so many milliseconds for a shard; each must come once, and in time. */
async function transfer(wanted: readonly Wanted[], natively: boolean, pauses: readonly number[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-transfer-'));
  const pathTo = (name: string) => join(folder, name);
  for (const name of ['remote', 'scratch', 'bin']) mkdirSync(pathTo(name));
  writeFileSync(join(pathTo('bin'), 'dvc'), standIn(pathTo('remote')), { mode: 0o755 });
  const contents = new Map<string, Buffer>();
  const entries = wanted.map(({ bytes }, i) => {
    const content = Buffer.alloc(bytes, `object ${i} `);
    const md5 = createHash('md5').update(content).digest('hex');
    writeFileSync(join(pathTo('remote'), md5), content);
    contents.set(md5, content);
    return { md5, relpath: `${i % 3}/${i}.bin` };
  });
  const wayOf = new Map(entries.map(({ md5 }, i) => [md5, wanted[i]?.way]));
  await using server = await startObjectServer((oid) => {
    const content = contents.get(oid) ?? assert.fail(oid);
    if (wayOf.get(oid) === 'not') return refusal(404);
    if (wayOf.get(oid) === 'damaged') return whole(Buffer.alloc(content.length));
    return wayOf.get(oid) === 'whole' ? whole(content) : withoutLength(content);
  });
  const hanging = new AbortController();
  const timer = setTimeout(() => hanging.abort(new Error('it hangs')), hangs);
  const { signal } = hanging;
  const env = { PATH: `${pathTo('bin')}:${process.env.PATH}` };
  const forks = dvcForks(env, pathTo('scratch'), signal); // the program is not one that can be forked
  const context = fetchContext({
    signal,
    dvc: { folder: pathTo('scratch'), env, forks },
    remote: pathTo('remote'),
    // As most of the dataset is smaller.
    meanBytes: wanted.reduce((sum, { bytes }) => sum + bytes, 0) / 10 / wanted.length,
  });
  const budget = scratchBudget(total);
  const writer = { writeBytes: async () => {} };
  const native = new NativeSource(server.connect(), writer, budget, { ...context, jobs: 4 });
  const shards = transferObjects(entries, natively ? native : null, budget, context);
  const came: string[] = [];
  try {
    for (let next = await shards.next(); !next.done; next = await shards.next()) {
      const shard = next.value;
      await sleep(pauses[came.length % pauses.length]);
      for (const { md5 } of [...shard.present, ...shard.left]) {
        assert.ok(readFileSync(shard.workspace.file(md5)).equals(contents.get(md5) ?? Buffer.alloc(0)));
        came.push(md5);
      }
      const taken = shard.present.reduce((sum, { md5 }) => sum + onDisk(contents.get(md5)?.length ?? 0), 0);
      const byDvc = !natively || wanted.some(({ way }) => way !== 'whole'); // which is ended only when it has taken too much
      assert.ok(byDvc || taken <= shard.reserved, `${taken} bytes are on scratch, ${shard.reserved} are reserved`);
      assert.ok(budget.free() >= 0);
      await discardShard(shard, budget, signal);
    }
    assert.deepEqual(came.toSorted(), [...contents.keys()].toSorted());
    assert.equal(budget.free(), total, 'and all room is given back');
  } finally {
    clearTimeout(timer);
    hanging.abort();
    await shards.return(undefined);
    rmSync(folder, { recursive: true });
  }
}

const block = 4096;
const largest = total - 5 * block; // beside DVC's own files
const bytes = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 20, max: Math.floor(quota / 4) }) },
  { weight: 2, arbitrary: fc.integer({ min: Math.floor(quota / 4), max: quota + 2 * block }) },
  { weight: 2, arbitrary: fc.integer({ min: quota, max: largest }) },
);
const pauses = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 });
const objectsGiven = (...how: Wanted['way'][]) =>
  fc.array(fc.record({ bytes, way: fc.constantFrom(...how) }), { minLength: 1, maxLength: 14 });

for (const [title, objects, natively] of [
  ['all of it from S3', objectsGiven('whole'), true],
  ['some of it left to DVC', objectsGiven('whole', 'whole', 'whole', 'damaged', 'without length', 'not'), true],
  ['all of it by DVC', objectsGiven('whole'), false],
] as const) {
  test(`whatever the sizes, ${title}: every object comes once, within the room, and none waits for ever`, async () => {
    const comes = fc.asyncProperty(objects, pauses, (each, slow) => transfer(each, natively, slow));
    await fc.assert(comes, { numRuns: 15, endOnFailure: true });
  });
}

const [small, large] = [500, Math.floor(total * 0.4)];
for (const [place, sizes] of Object.entries({
  first: [large, large, large, small],
  'in the middle': [large, small, large, small, large],
  last: [small, large, large, large],
})) {
  test(`a large object ${place} that S3 gives damaged does not stop those after it, nor they it`, async () => {
    const at = { first: 0, 'in the middle': 2, last: sizes.length - 1 }[place];
    const objects = sizes.map((bytes, i): Wanted => ({ bytes, way: i === at ? 'damaged' : 'whole' }));
    await transfer(objects, true, [0, 300]);
  });
}
