/** What DVC also tracks and this program does not fetch: each kind, as the real DVC records it, is told by its name. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { makePlace } from '../support/fetch/fetcher.ts';
import { fails, succeeds } from '../support/fetch/outcome.ts';

let dataset: Dataset;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a' }, splits: { train: ['a.txt'] } });
});
after(() => dataset?.[Symbol.asyncDispose]());

const dvc = (...args: string[]) => dataset.tools.dvc(dataset.workTree, ...args);

test('the output of a pipeline, which dvc.lock records: 65 that says so, and tracked data beside it works', async () => {
  writeFileSync(join(dataset.workTree, 'make.sh'), 'mkdir -p made && echo x > made/x\n');
  await dvc('stage', 'add', '--name', 'make', '--outs', 'made', 'sh make.sh');
  await dvc('repro');
  assert.match(readFileSync(join(dataset.workTree, 'dvc.lock'), 'utf8'), /path: made/);
  const reference = `${dataset.url}@${await dataset.commit({})}`;
  await using place = await makePlace();
  const flags = ['--data-dir', 'made'];
  await fails(place, `${reference}:*`, 65, /^made is the output of a pipeline \(dvc\.lock .*dvc add/, { flags });
  await fails(place, `${reference}:*`, 66, /^the commit has no other\.dvc/, { flags: ['--data-dir', 'other'] });
  await succeeds(place, `${reference}:train`);
});

test('an import of a folder from elsewhere: 65 that says so', async () => {
  const source = join(dataset.folder, 'elsewhere');
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'x'), 'x');
  await dvc('import-url', source, 'imported');
  assert.ok(existsSync(join(dataset.workTree, 'imported.dvc')));
  const sha = await dataset.commit({});
  await using place = await makePlace();
  const flags = ['--data-dir', 'imported'];
  await fails(place, `${dataset.url}@${sha}:*`, 65, /^imported\.dvc of the commit tracks an import/, { flags });
});

test('a single file: 65 that says to put it into a folder', async () => {
  writeFileSync(join(dataset.workTree, 'one'), 'x');
  await dvc('add', 'one');
  const sha = await dataset.commit({});
  await using place = await makePlace();
  await fails(place, `${dataset.url}@${sha}:*`, 65, /tracks a single file: put it into a folder/, {
    flags: ['--data-dir', 'one'],
  });
});

test('a folder on a remote with version_aware: 65 that says so', async () => {
  // What DVC writes where the cloud keeps the versions (dvc/output.py); a versioned bucket is nothing a folder can be.
  const metadata = [
    'outs:',
    '- path: versioned',
    '  hash: md5',
    '  files:',
    '  - relpath: x',
    '    md5: 9dd4e461268c8034f5c8564e155c67a6',
    '    size: 1',
    '    cloud:',
    '      origin:',
    '        etag: 9dd4e461268c8034f5c8564e155c67a6',
    '        version_id: 3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY',
    '',
  ].join('\n');
  const sha = await dataset.commit({ repositoryFiles: { 'versioned.dvc': metadata } });
  await using place = await makePlace();
  await fails(place, `${dataset.url}@${sha}:*`, 65, /cloud-versioned remote/, { flags: ['--data-dir', 'versioned'] });
});
