/** That `check` says what `fetch` comes to: the same exit code and sentence for every fault that can be seen without data. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../../support/dataset/dataset.ts';
import { makeRawRepository } from '../../support/dataset/raw-repository.ts';
import { reportsOf } from '../../support/fetch/checked.ts';
import { makePlace } from '../../support/fetch/fetcher.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';
import { listenOnLoopback } from '../../support/servers/loopback.ts';

const files = { 'a.txt': 'a', 'b.txt': 'bb', 'c/d.txt': 'd' };
const splits = { train: ['a.txt', 'c/d.txt'], val: ['b.txt'], broken: 'a.txt\nnot/there\n../up\n', none: '\n' };

let s3: S3;
let local: Dataset;
let remote: Dataset;
before(async () => {
  s3 = await startS3();
  local = await makeDataset({ files, splits });
  remote = await makeDataset({ files, splits, remote: { kind: 's3', s3, bucket: 'agreement' } });
});
after(async () => {
  await local?.[Symbol.asyncDispose]();
  await remote?.[Symbol.asyncDispose]();
  await s3?.stop();
});

/** Runs both, and expects that they end alike. */
async function agree(
  reference: string,
  exitCode: number,
  { flags = [], environment = {} }: { flags?: readonly string[]; environment?: Readonly<Record<string, string>> } = {},
) {
  await using place = await makePlace();
  const fetched = await place.fetch(reference, { flags, environment });
  const checked = await reportsOf([reference, '--allow-scheme', 'file', '--no-own-credentials', ...flags], {
    environment,
  });
  assert.equal(fetched.exitCode, exitCode, fetched.output);
  assert.equal(checked.exitCode, exitCode, checked.stderr);
  const [report] = checked.datasets;
  assert.deepEqual([report?.exitCode, report?.ok], [exitCode, exitCode === 0]);
  // Of a server that is silent DVC tells, or our own patience ends first: two sentences, by chance.
  if (![0, 69].includes(exitCode)) assert.equal(report?.message, fetched.terminationMessage);
  return report;
}

test('good ones, from a folder and from S3', async () => {
  for (const dataset of [local, remote]) {
    const flags = ['--allow-endpoint', s3.endpoint];
    const report = await agree(`${dataset.url}@${dataset.sha}:train`, 0, { flags, environment: dataset.credentials });
    assert.deepEqual([report?.files, report?.bytes, report?.missing], [2, 2, []]);
  }
});

test('a missing object, from a folder and from S3', async () => {
  for (const dataset of [local, remote]) {
    const restore = dataset.removeObject('c/d.txt');
    const flags = ['--allow-endpoint', s3.endpoint];
    const report = await agree(`${dataset.url}@${dataset.sha}:train`, 66, { flags, environment: dataset.credentials });
    restore();
    assert.deepEqual(report?.missing, [{ path: 'c/d.txt', hash: '8277e0910d750195b448797616e091ad' }]);
  }
});

test('a list with bad lines, of which the report has all', async () => {
  const report = await agree(`${local.url}@${local.sha}:broken`, 65);
  assert.deepEqual(
    report?.badLines.map(({ line, text }) => [line, text]),
    [
      [2, 'not/there'],
      [3, '../up'],
    ],
  );
  await agree(`${local.url}@${local.sha}:none`, 65);
});

test('an unknown sha, split, repository and scheme', async () => {
  await agree(`${local.url}@${'0'.repeat(40)}:train`, 66);
  await agree(`${local.url}@${local.sha}:test`, 66);
  await agree(`file:///nowhere/to/be/found@${local.sha}:train`, 66);
  await agree(`http://example.com/r@${local.sha}:train`, 64);
});

test("S3 with wrong credentials, at a server that isn't listed, and at one that doesn't answer", async () => {
  const reference = `${remote.url}@${remote.sha}:train`;
  const flags = ['--allow-endpoint', s3.endpoint];
  await agree(reference, 77, { flags, environment: { ...remote.credentials, AWS_SECRET_ACCESS_KEY: 'wrong' } });
  await agree(reference, 64, { environment: remote.credentials });
  const closed = createServer();
  const port = await listenOnLoopback(closed);
  closed.close();
  const endpoint = `http://127.0.0.1:${port}`;
  await using unreachable = await makeRawRepository({
    files: {
      'data.dvc': `outs:\n- md5: ${remote.dirOid()}\n  hash: md5\n  path: data\n`,
      '.dvc/config': `[core]\n    remote = origin\n['remote "origin"']\n    url = s3://agreement\n    endpointurl = ${endpoint}\n    read_timeout = 1\n`,
    },
  });
  const { credentials: environment } = remote;
  await agree(`${unreachable.url}@${unreachable.sha}:*`, 69, { flags: ['--allow-endpoint', endpoint], environment });
});

test("a folder's list that is missing, and one that is damaged", async () => {
  await using dataset = await makeDataset({ files, splits });
  const path = dataset.dirObjectPath();
  rmSync(path);
  await agree(`${dataset.url}@${dataset.sha}:train`, 66);
  writeFileSync(path, '[]');
  await agree(`${dataset.url}@${dataset.sha}:train`, 65);
});

test('hostile metadata: an output outside of its folder, and no YAML', async () => {
  for (const metadata of ['outs:\n- md5: [\n', `outs:\n- md5: '../../x'\n  path: data\n`]) {
    await using hostile = await makeRawRepository({ files: { 'data.dvc': metadata, '.dvc/config': '' } });
    await agree(`${hostile.url}@${hostile.sha}:*`, 65);
  }
});

test('what only the data tells: an object with other bytes is there for a check, and 65 for a fetch', async () => {
  const restore = local.corruptObject('b.txt');
  await using place = await makePlace();
  const reference = `${local.url}@${local.sha}:val`;
  const { exitCode } = await place.fetch(reference);
  const checked = await reportsOf([reference, '--allow-scheme', 'file']);
  restore();
  assert.deepEqual([exitCode, checked.exitCode], [65, 0]);
});
