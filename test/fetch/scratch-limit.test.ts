/** A dataset may be larger than the node's disk: the scratch never holds more than its limit, whoever downloads. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeDataset } from '../support/dataset/dataset.ts';
import { filesBelow, leftovers, makePlace, publishedFolder } from '../support/fetch/fetcher.ts';
import { endedFetch } from '../support/fetch/outcome.ts';
import type { Asked } from '../support/s3/fault.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';

const megabyte = 2 ** 20;
let s3: S3;
let proxy: RecordingProxy;
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
});
after(async () => {
  await proxy?.stop();
  await s3?.stop();
});

/** Files of these sizes in bytes, over a few folders. */
function filesOf(sizes: readonly number[]): Record<string, Buffer> {
  return Object.fromEntries(sizes.map((size, i) => [`folder-${i % 3}/${i}.bin`, randomBytes(size)]));
}

/** Looks at a folder again and again, as the kubelet does; `stop` gives the most that it held, in bytes on disk. */
function watchUsage(folder: string): { stop(): number } {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, usage(folder));
  }, 20);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}

function usage(folder: string): number {
  const seen = new Map<number, number>();
  const walk = (path: string) => {
    try {
      const { ino, blocks } = lstatSync(path);
      seen.set(ino, blocks * 512);
      for (const name of lstatSync(path).isDirectory() ? readdirSync(path) : []) walk(join(path, name));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT'); // gone while we looked
    }
  };
  walk(folder);
  return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
}

test('a dataset of four times the scratch comes through it from S3, and the limit holds', async () => {
  const files = filesOf(Array.from({ length: 16 }, (_, i) => megabyte / 4 + i * 32_768));
  const total = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  const limit = Math.floor(total / 4);
  await using dataset = await makeDataset({
    files,
    splits: {},
    remote: { kind: 's3', s3, bucket: 'large', endpoint: proxy.endpoint },
  });
  await using place = await makePlace();
  proxy.reset();
  const scratch = watchUsage(place.scratch);
  const outcome = await place.fetch(`${dataset.url}@${dataset.sha}:*`, {
    flags: ['--allow-endpoint', proxy.endpoint, '--scratch-limit', String(limit)],
    environment: dataset.credentials,
  });
  const peak = scratch.stop();
  assert.equal(outcome.exitCode, 0, outcome.output);
  assert.deepEqual(filesBelow(join(publishedFolder(place.volume) ?? '', 'data')), files);
  assert.ok(peak > megabyte, `the samples saw nothing: ${peak}`);
  assert.ok(peak <= limit, `${peak} bytes on a scratch of ${limit}`);
  assert.deepEqual(leftovers(place), []);
});

test('DVC alone, with files of sizes that nobody foresaw, stays within the limit too', async () => {
  const files = filesOf([...Array.from({ length: 60 }, () => 2_000), ...Array.from({ length: 10 }, () => megabyte)]);
  const limit = 6 * megabyte;
  await using dataset = await makeDataset({ files, splits: {} });
  await using place = await makePlace();
  const scratch = watchUsage(place.scratch);
  const outcome = await place.fetch(`${dataset.url}@${dataset.sha}:*`, { flags: ['--scratch-limit', '6Mi'] });
  const peak = scratch.stop();
  assert.equal(outcome.exitCode, 0, outcome.output);
  assert.deepEqual(filesBelow(join(publishedFolder(place.volume) ?? '', 'data')), files);
  assert.ok(peak > megabyte / 2, `the samples saw nothing: ${peak}`);
  assert.ok(peak <= limit, `${peak} bytes on a scratch of ${limit}`);
});

for (const way of ['natively', 'by DVC alone'] as const) {
  test(`a file that the scratch can never hold, fetched ${way}, is named and nothing is published: 74`, async () => {
    const files = { 'small.bin': randomBytes(1_000), 'huge.bin': randomBytes(6 * megabyte) };
    const bucket = `huge-${way.replaceAll(' ', '-').toLowerCase()}`;
    await using dataset = await makeDataset({
      files,
      splits: {},
      remote: { kind: 's3', s3, bucket, endpoint: proxy.endpoint },
    });
    await using place = await makePlace();
    const huge = basename(dataset.objectPath('huge.bin'));
    const isHuge = ({ method, path }: Asked) => method === 'GET' && path.endsWith(huge);
    await using faults = new AsyncDisposableStack();
    if (way === 'by DVC alone') {
      // The native request is refused; then the file comes until there is no more room, and never the rest of it.
      const never = new Promise(() => {});
      faults.defer(proxy.inject({ when: isHuge, times: 1, reply: 403 }));
      faults.defer(proxy.inject({ when: (asked) => isHuge(asked) && !asked.range, stallAfter: 5 * megabyte }));
      faults.defer(proxy.inject({ when: isHuge, wait: () => never }));
    }
    const outcome = await place.fetch(`${dataset.url}@${dataset.sha}:*`, {
      flags: ['--allow-endpoint', proxy.endpoint, '--scratch-limit', '5Mi'],
      environment: dataset.credentials,
    });
    assert.equal(outcome.exitCode, 74, outcome.output);
    assert.match(outcome.terminationMessage, /"huge\.bin" alone needs .*dvc\.io\/scratch/);
    assert.equal(publishedFolder(place.volume), undefined);
    assert.deepEqual(leftovers(place), []);
  });
}

/** Each of these takes more than a third of the room, as shards do, so that one of them may have to wait for others. */
const large = Math.floor(1.3 * megabyte);
const narrow = ['--scratch-limit', '5Mi'];

for (const [position, damaged] of Object.entries({ first: '0.bin', 'in the middle': '2.bin', last: '4.bin' })) {
  test(`a large object that is damaged at S3, ${position} among large ones, is named and stops nothing: 65`, async () => {
    const files = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${i}.bin`, randomBytes(large)]));
    const bucket = `damaged-${position.replaceAll(' ', '-')}`;
    await using dataset = await makeDataset({ files, splits: {}, remote: { kind: 's3', s3, bucket } });
    dataset.corruptObject(damaged);
    await using place = await makePlace();
    const outcome = await endedFetch(place, `${dataset.url}@${dataset.sha}:*`, {
      flags: ['--allow-endpoint', s3.endpoint, ...narrow],
      environment: dataset.credentials,
    });
    assert.equal(outcome.exitCode, 65, outcome.output);
    assert.match(outcome.terminationMessage, new RegExp(`of "${damaged}" .* is damaged`));
    assert.equal(publishedFolder(place.volume), undefined);
    assert.deepEqual(leftovers(place), []);
  });
}

for (const [title, isOne] of Object.entries({ 'one large object': true, 'every object': false })) {
  test(`${title} of which S3 tells no length is brought by DVC, within the limit`, async () => {
    const files = { ...filesOf([20_000, large, 20_000, large, 500, large]), 'one.bin': randomBytes(large) };
    const bucket = `no-length-${isOne ? 'one' : 'all'}`;
    await using dataset = await makeDataset({
      files,
      splits: {},
      remote: { kind: 's3', s3, bucket, endpoint: proxy.endpoint },
    });
    await using place = await makePlace();
    const one = basename(dataset.objectPath('one.bin'));
    const when = (asked: Asked) => isObjectRequest(asked) && (!isOne || asked.path.endsWith(one));
    const undo = proxy.inject({ when, withoutLength: true });
    const scratch = watchUsage(place.scratch);
    const outcome = await endedFetch(place, `${dataset.url}@${dataset.sha}:*`, {
      flags: ['--allow-endpoint', proxy.endpoint, ...narrow],
      environment: dataset.credentials,
    });
    undo();
    const peak = scratch.stop();
    assert.equal(outcome.exitCode, 0, outcome.output);
    assert.deepEqual(filesBelow(join(publishedFolder(place.volume) ?? '', 'data')), files);
    assert.ok(peak <= 5 * megabyte, `${peak} bytes on a scratch of 5 MiB`);
    assert.deepEqual(leftovers(place), []);
  });
}

test('files of about the room that there is come one by one from a remote that only DVC can reach', async () => {
  const files = filesOf([large, 2 * megabyte, 100, 2 * megabyte + 100_000, 1_000, large, 1.9 * megabyte]);
  await using dataset = await makeDataset({ files, splits: {} });
  await using place = await makePlace();
  const scratch = watchUsage(place.scratch);
  const outcome = await endedFetch(place, `${dataset.url}@${dataset.sha}:*`, { flags: narrow });
  const peak = scratch.stop();
  assert.equal(outcome.exitCode, 0, outcome.output);
  assert.deepEqual(filesBelow(join(publishedFolder(place.volume) ?? '', 'data')), files);
  assert.ok(peak <= 5 * megabyte, `${peak} bytes on a scratch of 5 MiB`);
  assert.deepEqual(leftovers(place), []);
});
