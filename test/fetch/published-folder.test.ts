/** What a container sees after a fetch: exactly the split's files, byte for byte, and where they come from. */
import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { difficultFiles } from '../support/dataset/difficult-files.ts';
import { filesBelow, leftovers, makePlace, publishedFolder } from '../support/fetch/fetcher.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
import { startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { startS3 } from '../support/s3/s3.ts';

const list =
  '\ufeffplain.txt\r\nwith space.txt\r\n\r\ndata/-dash\r\n./empty\r\nplain.txt\r\nsame/1.txt\r\nsame/2.txt\r\n';
const listed = ['plain.txt', 'with space.txt', '-dash', 'empty', 'same/1.txt', 'same/2.txt'];

let dataset: Dataset;
before(async () => {
  dataset = await makeDataset({
    files: difficultFiles,
    splits: { train: list, 'nested/one': ['deep/er/and/deep/er/file'] },
  });
});
after(() => dataset?.[Symbol.asyncDispose]());

function expected(paths: readonly string[], files: Readonly<Record<string, string | Uint8Array>> = difficultFiles) {
  return Object.fromEntries(paths.map((path) => [path, Buffer.from(files[path] ?? assert.fail(path))]));
}

test('every file of a dataset with difficult names arrives byte for byte', async () => {
  await using place = await makePlace();
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:*`);
  assert.equal(exitCode, 0, output);
  const folder = publishedFolder(place.volume) ?? assert.fail('nothing is published');
  assert.deepEqual(filesBelow(join(folder, 'data')), expected(Object.keys(difficultFiles)));
  assert.deepEqual(readdirSync(folder).sort(), ['data', 'data.dvc', 'dataset.json', 'split.txt']);
  assert.deepEqual(leftovers(place), []);
});

test('a list with a byte order mark, CRLF, blank and double lines gives exactly its files, and itself verbatim', async () => {
  await using place = await makePlace();
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:train`);
  assert.equal(exitCode, 0, output);
  const folder = publishedFolder(place.volume) ?? assert.fail('nothing is published');
  assert.deepEqual(filesBelow(join(folder, 'data')), expected(listed));
  assert.equal(readFileSync(join(folder, 'data-split', 'train'), 'utf8'), list);
  assert.deepEqual(readFileSync(join(folder, 'data.dvc')), readFileSync(join(dataset.workTree, 'data.dvc')));
  assert.deepEqual(readdirSync(folder).sort(), ['data', 'data-split', 'data.dvc', 'dataset.json', 'split.txt']);
});

test('the provenance names repository, revision, split, objects and versions', async () => {
  await using place = await makePlace();
  await place.fetch(`${dataset.url}@${dataset.sha}:train`);
  const folder = publishedFolder(place.volume) ?? assert.fail('nothing is published');
  const provenance = JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8'));
  assert.equal(provenance.revision, dataset.sha);
  assert.equal(provenance.split, 'train');
  assert.equal(provenance.files, listed.length);
  assert.equal(
    provenance.bytes,
    Object.values(expected(listed)).reduce((sum, bytes) => sum + bytes.length, 0),
  );
  assert.equal(provenance.hash, 'md5');
  assert.equal(provenance.datasetOid, dataset.dirOid());
  assert.match(provenance.oid, /^[0-9a-f]{32}\.dir$/);
  assert.match(provenance.versions.dvc, /^3\./);
});

test('equal files and a second split share one object of the cache', async () => {
  await using place = await makePlace();
  await place.fetch(`${dataset.url}@${dataset.sha}:train`);
  const before = filesBelow(join(place.volume, 'cache'));
  const first = publishedFolder(place.volume) ?? assert.fail('nothing is published');
  const { exitCode } = await place.fetch(`${dataset.url}@${dataset.sha}:*`);
  assert.equal(exitCode, 0);
  const all = readdirSync(join(place.volume, 'datasets')).map((key) => join(place.volume, 'datasets', key));
  const inodes = all.map((folder) => lstatSync(join(folder, 'data', 'plain.txt')).ino);
  assert.equal(new Set(inodes).size, 1);
  assert.equal(lstatSync(join(first, 'data', 'same/1.txt')).ino, lstatSync(join(first, 'data', 'same/2.txt')).ino);
  assert.ok(Object.keys(before).every((path) => Object.hasOwn(filesBelow(join(place.volume, 'cache')), path)));
});

test('the pointer is a relative symlink to the tree, so that it holds wherever the volume is mounted', async () => {
  await using place = await makePlace();
  await place.fetch(`${dataset.url}@${dataset.sha}:train`);
  const [key = ''] = readdirSync(join(place.volume, 'datasets'));
  assert.equal(readlinkSync(join(place.volume, 'datasets', key)), `../trees/${key}`);
  assert.equal(realpathSync(join(place.volume, 'datasets', key)), realpathSync(join(place.volume, 'trees', key)));
});

test('nested data and split directories keep their places under the mount', async () => {
  const files = { 'a.txt': 'a', 'b/c.txt': 'c' };
  await using nested = await makeDataset({
    files,
    splits: { 'v1/train': ['b/c.txt'] },
    dataDir: 'ml/data',
    splitDir: 'ml/lists',
  });
  await using place = await makePlace();
  const flags = ['--data-dir', 'ml/data', '--split-dir', 'ml/lists'];
  const { exitCode, output } = await place.fetch(`${nested.url}@${nested.sha}:v1/train`, { flags });
  assert.equal(exitCode, 0, output);
  const folder = publishedFolder(place.volume) ?? assert.fail('nothing is published');
  assert.deepEqual(Object.keys(filesBelow(folder)).sort(), [
    'dataset.json',
    'ml/data.dvc',
    'ml/data/b/c.txt',
    'ml/lists/v1/train',
    'split.txt',
  ]);
});

test('from S3 only the objects that the split names are downloaded, and a second split moves only what is new', async () => {
  await using s3 = await startS3();
  await using proxy = await startRecordingProxy(s3.endpoint);
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, `content ${i}`]));
  const remote = { kind: 's3', s3, bucket: 'datasets', prefix: 'team', endpoint: proxy.endpoint } as const;
  const splits = { small: ['f0', 'f1'], large: ['f0', 'f1', 'f2'] };
  await using remoteDataset = await makeDataset({ files, splits, remote });
  await using place = await makePlace();
  const options = { flags: ['--allow-endpoint', proxy.endpoint], environment: remoteDataset.credentials };
  const downloads = () => proxy.requests.filter(isObjectRequest);
  const first = await place.fetch(`${remoteDataset.url}@${remoteDataset.sha}:small`, options);
  assert.equal(first.exitCode, 0, first.output);
  assert.equal(downloads().length, 2);
  proxy.reset();
  const second = await place.fetch(`${remoteDataset.url}@${remoteDataset.sha}:large`, options);
  assert.equal(second.exitCode, 0, second.output);
  assert.equal(downloads().length, 1);
  const secrets = Object.entries(remoteDataset.credentials).filter(([name]) => /SECRET/.test(name));
  for (const [, secret] of secrets) assert.ok(!(first.output + second.output).includes(secret));
});
