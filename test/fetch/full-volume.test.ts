/** A volume that is full: nothing half is published, what came is kept, and with more room the rest is fetched. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { filesBelow, leftovers, makePlace, type Place, publishedFolder } from '../support/fetch/fetcher.ts';
import { mountLimited } from '../support/fetch/limited-volume.ts';
import { type Mounts, makeMounts } from '../support/fetch/mounts.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';

const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i % 4}/${i}.bin`, randomBytes(16 * 1024)]));
let s3: S3;
let proxy: RecordingProxy;
let dataset: Dataset;
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
  const remote = { kind: 's3', s3, bucket: 'datasets', endpoint: proxy.endpoint } as const;
  dataset = await makeDataset({ files, splits: {}, remote });
});
after(async () => {
  await dataset?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await s3?.stop();
});

function fetchIn(place: Place, mounts: Mounts) {
  const flags = ['--allow-endpoint', proxy.endpoint];
  const options = { flags, environment: dataset.credentials, prefix: mounts.prefix };
  return place.fetch(`${dataset.url}@${dataset.sha}:*`, options);
}

/** The objects that the volume's cache holds, each proven by its name. */
function cachedObjects(volume: string): string[] {
  const cache = join(volume, 'cache', 'files', 'md5');
  return Object.entries(existsSync(cache) ? filesBelow(cache) : {}).flatMap(([path, bytes]) => {
    const oid = path.replace('/', '');
    assert.equal(createHash('md5').update(bytes).digest('hex'), oid.slice(0, 32), `${path} is not what its name says`);
    return oid.endsWith('.dir') ? [] : [oid];
  });
}

function downloads(): string[] {
  return proxy.requests.filter(isObjectRequest).map(({ path }) => path);
}

for (const [what, small, large] of [
  ['bytes', 'size=400k', 'size=8m'],
  ['inodes', 'size=8m,nr_inodes=100', 'nr_inodes=1000'],
] as const) {
  test(`a volume that runs out of ${what} while the files are written: 74, and with more room only the rest is downloaded`, async () => {
    await using place = await makePlace();
    await using mounts = await makeMounts();
    await mounts.mountMemory(place.volume, small);
    const volume = mounts.inside(place.volume);
    const full = await fetchIn(place, mounts);
    assert.equal(full.exitCode, 74, full.output);
    assert.match(full.terminationMessage, /^the volume at .* is full: make room on it or enlarge it; what was fetched/);
    assert.equal(publishedFolder(volume), undefined);
    assert.deepEqual(leftovers({ volume, scratch: place.scratch }), []);
    const kept = cachedObjects(volume);
    assert.ok(kept.length > 0 && kept.length < Object.keys(files).length, `${kept.length} objects were kept`);

    await mounts.resize(place.volume, large);
    proxy.reset();
    const { exitCode, output } = await fetchIn(place, mounts);
    assert.equal(exitCode, 0, output);
    assert.equal(downloads().length, Object.keys(files).length - kept.length);
    const folder = publishedFolder(volume) ?? assert.fail('nothing is published');
    assert.deepEqual(filesBelow(join(folder, 'data')), files);
    assert.deepEqual(leftovers({ volume, scratch: place.scratch }), []);
  });
}

test('a volume that others have filled: 74 before anything is downloaded, and success once they made room', async () => {
  await using place = await makePlace();
  await using mounts = await makeMounts();
  await mounts.mountMemory(place.volume, 'size=8m,nr_inodes=200');
  const volume = mounts.inside(place.volume);
  const others = Array.from({ length: 199 }, (_, i) => join(volume, `somebody's-${i}`));
  for (const path of others) writeFileSync(path, '');
  proxy.reset();
  const full = await fetchIn(place, mounts);
  assert.equal(full.exitCode, 74, full.output);
  assert.match(full.terminationMessage, /^the volume at .* is full/);
  assert.equal(downloads().length, 0);
  for (const path of others) rmSync(path);
  const { exitCode, output } = await fetchIn(place, mounts);
  assert.equal(exitCode, 0, output);
  assert.equal(readdirSync(join(volume, 'datasets')).length, 1);
});

test('a volume over its quota, for which Node has no word: 74 that says so', async () => {
  await using place = await makePlace();
  await using volume = await mountLimited('-quota=100000');
  const { exitCode, output, terminationMessage } = await place.fetch(`${dataset.url}@${dataset.sha}:*`, {
    volume: volume.point,
    flags: ['--allow-endpoint', proxy.endpoint],
    environment: dataset.credentials,
  });
  assert.equal(exitCode, 74, output);
  assert.match(terminationMessage, /^the volume at \S+ is over its quota: raise the quota or make room \(EDQUOT in /);
  assert.deepEqual(leftovers({ volume: volume.backing, scratch: place.scratch }), []);
});
