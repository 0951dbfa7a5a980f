/** Data of DVC 2: objects named by their text, at the top of the remote, are found, verified and repaired in that way. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { type Dataset, makeDataset, type RemoteKind } from '../support/dataset/dataset.ts';
import { convertToLegacy } from '../support/dataset/legacy.ts';
import { corruptObject } from '../support/dataset/objects.ts';
import { filesBelow, leftovers, makePlace, type Place, publishedFolder } from '../support/fetch/fetcher.ts';
import { startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { startS3 } from '../support/s3/s3.ts';

/** CRLF at every place where a hash that normalises it could go wrong; the long ones are more than one piece of DVC's. */
const files: Record<string, string | Uint8Array> = {
  'windows.txt': 'one\r\ntwo\r\n',
  'unix.txt': 'one\nanother\n',
  'mixed.csv': 'a,b\r\n1,2\n3,4\r5,6\r\r\n',
  'binary.bin': Uint8Array.from([0, 13, 10, 13, 10, 255]),
  'latin.txt': Buffer.from('\xe9\xe8\xe0\xfc\r\n'.repeat(4), 'latin1'),
  'long.txt': `${'x'.repeat(2 ** 20 - 1)}\r\n${'y\r\n'.repeat(500_000)}`,
  'text then binary': Buffer.concat([Buffer.from('text\r\n'.repeat(2 ** 18)), Buffer.from([0, 13, 10])]),
  empty: '',
  'folder/again.txt': 'one\r\ntwo\r\n',
};
const splits = { small: ['windows.txt', 'binary.bin'], most: ['windows.txt', 'binary.bin', 'mixed.csv', 'latin.txt'] };

/** `md5-dos2unix` of "one\r\ntwo\r\n": the md5 of "one\ntwo\n". */
const windowsOid = createHash('md5').update('one\ntwo\n').digest('hex');

/** Of the list of the dataset that was made last. */
let oid = '';

async function legacyDataset(remote: RemoteKind): Promise<Dataset> {
  const dataset = await makeDataset({ files, splits, remote });
  oid = await convertToLegacy(dataset, remote.kind === 's3' ? remote.s3.adopt : undefined);
  return dataset;
}

const expected = (paths: readonly string[]) =>
  Object.fromEntries(paths.map((path) => [path, Buffer.from(files[path] ?? assert.fail(path))]));

const published = (place: Place) => publishedFolder(place.volume) ?? assert.fail('nothing is published');

test('a dataset of DVC 2 in a folder arrives byte for byte, as dvc pull itself would bring it', async () => {
  await using dataset = await legacyDataset({ kind: 'local' });
  await using place = await makePlace();
  const clone = join(dataset.folder, 'clone');
  await dataset.tools.git(dataset.folder, 'clone', '--quiet', dataset.workTree, clone);
  await execa('dvc', ['pull'], { cwd: clone, env: dataset.tools.environment, extendEnv: false });
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:*`);
  assert.equal(exitCode, 0, output);
  assert.deepEqual(filesBelow(join(published(place), 'data')), filesBelow(join(clone, 'data')));
  assert.deepEqual(filesBelow(join(published(place), 'data')), expected(Object.keys(files)));
  const provenance = JSON.parse(readFileSync(join(published(place), 'dataset.json'), 'utf8'));
  assert.equal(provenance.hash, 'md5-dos2unix');
  assert.equal(provenance.oid, oid);
  const cached = Object.keys(filesBelow(join(place.volume, 'cache')));
  assert.ok(cached.includes(`${windowsOid.slice(0, 2)}/${windowsOid.slice(2)}`), cached.join());
  assert.ok(
    cached.every((path) => /^[0-9a-f]{2}\/[0-9a-f]{30}(\.dir)?$/.test(path)),
    cached.join(),
  );
  assert.deepEqual(leftovers(place), []);
});

test('from S3 a second split of the same data of DVC 2 moves only what is new', async () => {
  await using s3 = await startS3();
  await using proxy = await startRecordingProxy(s3.endpoint);
  await using dataset = await legacyDataset({ kind: 's3', s3, bucket: 'datasets', endpoint: proxy.endpoint });
  await using place = await makePlace();
  const options = { flags: ['--allow-endpoint', proxy.endpoint], environment: dataset.credentials };
  const downloads = () =>
    proxy.requests.flatMap(({ method, path }) =>
      method === 'GET' && /\/[0-9a-f]{2}\/[0-9a-f]{30}(\.dir)?$/.test(path) ? [path.slice('/datasets/'.length)] : [],
    );
  const first = await place.fetch(`${dataset.url}@${dataset.sha}:small`, options);
  assert.equal(first.exitCode, 0, first.output);
  assert.deepEqual(filesBelow(join(published(place), 'data')), expected(splits.small));
  assert.equal(downloads().length, 3, downloads().join()); // the list and two objects
  proxy.reset();
  const second = await place.fetch(`${dataset.url}@${dataset.sha}:most`, options);
  assert.equal(second.exitCode, 0, second.output);
  assert.equal(downloads().length, 2, downloads().join());
  proxy.reset();
  const warm = await place.fetch(`${dataset.url}@${dataset.sha}:most`, options);
  assert.equal(warm.exitCode, 0, warm.output);
  assert.deepEqual(proxy.requests, []);
});

test('what is damaged in a tree of DVC 2 is found by --verify and repaired', async () => {
  await using dataset = await legacyDataset({ kind: 'local' });
  await using place = await makePlace();
  const reference = `${dataset.url}@${dataset.sha}:*`;
  assert.equal((await place.fetch(reference)).exitCode, 0);
  const sound = await place.fetch(reference, { flags: ['--verify'] });
  assert.equal(sound.exitCode, 0, sound.output);
  assert.ok(!sound.log.some(({ msg }) => /damaged/.test(msg)), sound.output);
  writeFileSync(join(published(place), 'data', 'binary.bin'), Uint8Array.from([0, 13, 10, 13, 10, 254])); // cache and tree
  const repaired = await place.fetch(reference, { flags: ['--verify'] });
  assert.equal(repaired.exitCode, 0, repaired.output);
  assert.deepEqual(filesBelow(join(published(place), 'data')), expected(Object.keys(files)));
});

for (const kind of ['local', 's3'] as const) {
  test(`a damaged object of DVC 2 is refused: ${kind}`, async () => {
    await using s3 = await startS3();
    const remote: RemoteKind = kind === 's3' ? { kind, s3, bucket: 'datasets' } : { kind };
    await using dataset = await legacyDataset(remote);
    await using place = await makePlace();
    const options = { flags: ['--allow-endpoint', s3.endpoint], environment: dataset.credentials };
    const object = join(dataset.remoteDirectory, windowsOid.slice(0, 2), windowsOid.slice(2));
    const restore = corruptObject(object, kind === 's3' ? s3.adopt : undefined);
    const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:small`, options);
    // In a folder DVC itself deletes such an object of DVC 2 as soon as it has seen it, and then there is none.
    const [expectedExit, sentence] =
      kind === 'local' ? [66, /lacks the object .*dvc push/] : [65, /is damaged: .*dvc push/];
    assert.equal(exitCode, expectedExit, output);
    assert.match(output, sentence);
    assert.equal(publishedFolder(place.volume), undefined);
    restore();
    const again = await place.fetch(`${dataset.url}@${dataset.sha}:small`, options);
    assert.equal(again.exitCode, 0, again.output);
  });
}
