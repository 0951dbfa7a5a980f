/** Volumes that refuse hard links, some or all: every file is whole, and what was downloaded once stays in the cache. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { eventually } from '../support/eventually.ts';
import { filesBelow, makePlace, type Outcome, type Place, publishedFolder } from '../support/fetch/fetcher.ts';
import { mountLimited } from '../support/fetch/limited-volume.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';

const same = randomBytes(4096);
const twins = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`twins/${i}.bin`, same]));
const others = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`others/${i}.bin`, randomBytes(4096)]));
const few = Object.keys(others).slice(0, 10);
let s3: S3;
let proxy: RecordingProxy;
let dataset: Dataset;
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
  const splits = { few, others: Object.keys(others), twins: Object.keys(twins) };
  const remote = { kind: 's3', s3, bucket: 'datasets', endpoint: proxy.endpoint } as const;
  dataset = await makeDataset({ files: { ...twins, ...others }, splits, remote });
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await s3?.stop();
});

function startOn(place: Place, volume: string, split: string, ...more: string[]) {
  proxy.reset();
  const flags = ['--allow-endpoint', proxy.endpoint, ...more];
  return place.start(`${dataset.url}@${dataset.sha}:${split}`, { volume, flags, environment: dataset.credentials });
}

/** Fetches to a good end; tells the outcome and how many objects were downloaded for it. */
async function fetchOn(place: Place, volume: string, split: string, ...more: string[]) {
  const outcome = await startOn(place, volume, split, ...more).ended;
  assert.equal(outcome.exitCode, 0, outcome.output);
  return { outcome, downloads: downloads() };
}

function downloads(): number {
  return new Set(proxy.requests.filter(isObjectRequest).map(({ path }) => path)).size;
}

/** How often the log says that files are copied. */
function told({ log }: Outcome): number {
  return log.filter(({ msg }) => /refuses a hard link/.test(msg)).length;
}

/** The names of the objects in the volume's cache, each proven by its bytes. */
function cachedObjects(volume: string): string[] {
  const cache = join(volume, 'cache', 'files', 'md5');
  return Object.entries(existsSync(cache) ? filesBelow(cache) : {}).flatMap(([path, bytes]) => {
    const oid = path.replace('/', '');
    assert.equal(createHash('md5').update(bytes).digest('hex'), oid.slice(0, 32), `${path} is not what its name says`);
    return oid.endsWith('.dir') ? [] : [oid];
  });
}

test('200 files of the same bytes, where a file may have 177 links: one download, and copies beyond the limit', async () => {
  await using place = await makePlace();
  await using volume = await mountLimited('-links=177');
  const first = await fetchOn(place, volume.point, 'twins');
  assert.deepEqual([first.downloads, told(first.outcome)], [1, 1]);
  const folder = join(publishedFolder(volume.backing) ?? assert.fail('nothing is published'), 'data');
  assert.deepEqual(filesBelow(folder), twins);
  const links = new Set(Object.keys(twins).map((path) => lstatSync(join(folder, path)).nlink));
  assert.deepEqual(links, new Set([177, 1]));
  const again = await fetchOn(place, volume.point, '*');
  assert.equal(again.downloads, Object.keys(others).length);
});

test('a volume without hard links: a second split and a check of the first download nothing that is there', async () => {
  await using place = await makePlace();
  await using volume = await mountLimited('-links=0');
  const first = await fetchOn(place, volume.point, 'few');
  assert.deepEqual([first.downloads, told(first.outcome)], [few.length, 1]);
  assert.equal(cachedObjects(volume.backing).length, few.length);
  const folder = join(publishedFolder(volume.backing) ?? assert.fail('nothing is published'), 'data');

  const second = await fetchOn(place, volume.point, 'others');
  assert.equal(second.downloads, Object.keys(others).length - few.length);

  const [damaged = ''] = few;
  writeFileSync(join(folder, damaged), 'damage');
  const checked = await fetchOn(place, volume.point, 'few', '--verify');
  assert.equal(checked.downloads, 0);
  assert.deepEqual(filesBelow(folder), Object.fromEntries(few.map((path) => [path, others[path]])));
});

test('a volume without hard links: what a fetch brought before it was killed is not downloaded again', async () => {
  await using place = await makePlace();
  await using volume = await mountLimited('-links=0');
  let asked = 0;
  const gate = Promise.withResolvers<void>();
  const isLater = (request: { method: string; path: string }) => isObjectRequest(request) && ++asked > few.length;
  const takeAway = proxy.inject({ when: isLater, wait: () => gate.promise });
  const killed = startOn(place, volume.point, 'others');
  await eventually('objects are in the cache', async () => cachedObjects(volume.backing).length >= few.length);
  killed.process.kill('SIGKILL');
  await killed.ended;
  takeAway();
  gate.resolve();
  const kept = cachedObjects(volume.backing).length;
  const { downloads } = await fetchOn(place, volume.point, 'others');
  assert.equal(downloads, Object.keys(others).length - kept);
  const folder = join(publishedFolder(volume.backing) ?? assert.fail('nothing is published'), 'data');
  assert.deepEqual(filesBelow(folder), others);
});

test('a volume without hard links: an object that is damaged in the cache is replaced there', async () => {
  await using place = await makePlace();
  await using volume = await mountLimited('-links=0');
  await fetchOn(place, volume.point, 'few');
  const [oid = ''] = cachedObjects(volume.backing);
  writeFileSync(join(volume.backing, 'cache', 'files', 'md5', oid.slice(0, 2), oid.slice(2)), 'damage');
  const { downloads } = await fetchOn(place, volume.point, 'others');
  assert.equal(downloads, Object.keys(others).length - few.length + 1);
  assert.equal(cachedObjects(volume.backing).length, Object.keys(others).length);
});
