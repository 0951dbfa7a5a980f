/** What DVC tracks beside the folders of `dvc add`: pipelines' outputs, imports and single files, each as the real DVC records it. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { filesBelow, makePlace, publishedFolder } from '../support/fetch/fetcher.ts';
import { fails, succeeds } from '../support/fetch/outcome.ts';

let dataset: Dataset;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a' }, splits: { train: ['a.txt'] } });
});
after(() => dataset?.[Symbol.asyncDispose]());

const dvc = (...args: string[]) => dataset.tools.dvc(dataset.workTree, ...args);

/** Fetches all of the path; returns the files of data beside the small ones of the tree. */
async function fetched(sha: string, dataDir: string): Promise<Record<string, string>> {
  await using place = await makePlace();
  await succeeds(place, `${dataset.url}@${sha}:*`, { flags: ['--data-dir', dataDir] });
  const files = filesBelow(publishedFolder(place.volume) ?? assert.fail('nothing is published'));
  const text = Object.entries(files).map(([path, bytes]) => [path, bytes.toString()] as const);
  return Object.fromEntries(text.filter(([path]) => path !== 'dataset.json'));
}

test('the output of a pipeline, which dvc.lock records, is fetched with that record; what no stage made is not found', async () => {
  writeFileSync(join(dataset.workTree, 'make.sh'), 'mkdir -p made && echo x > made/x\n');
  await dvc('stage', 'add', '--name', 'make', '--outs', 'made', 'sh make.sh');
  await dvc('stage', 'add', '--name', 'never', '--outs', 'never-made', 'true');
  await dvc('repro', 'make');
  await dvc('push', 'made');
  const lock = readFileSync(join(dataset.workTree, 'dvc.lock'), 'utf8');
  assert.match(lock, /path: made/);
  const sha = await dataset.commit({});
  assert.deepEqual(await fetched(sha, 'made'), { 'made/x': 'x\n', 'dvc.lock': lock, 'split.txt': 'x\n' });
  await using place = await makePlace();
  const reference = `${dataset.url}@${sha}:*`;
  const never = /^the commit has nothing that DVC tracks at never-made, which the stage never of dvc\.yaml would make/;
  await fails(place, reference, 66, never, { flags: ['--data-dir', 'never-made'] });
  const other = /^the commit has nothing that DVC tracks at mode; it tracks made, data: name one by dvc\.io\/data-dir$/;
  await fails(place, reference, 66, other, { flags: ['--data-dir', 'mode'] });
});

test('a folder that import-url brought is fetched from the own remote', async () => {
  const source = join(dataset.folder, 'elsewhere');
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'x'), 'x');
  await dvc('import-url', source, 'imported');
  await dvc('push', 'imported');
  const metadata = readFileSync(join(dataset.workTree, 'imported.dvc'), 'utf8');
  const sha = await dataset.commit({});
  rmSync(source, { recursive: true });
  assert.deepEqual(await fetched(sha, 'imported'), {
    'imported/x': 'x',
    'imported.dvc': metadata,
    'split.txt': 'x\n',
  });
});

test('what dvc import brought is refused with the annotations for the original: 65', async () => {
  await using original = await makeDataset({ files: { 'a.txt': 'a' }, splits: {}, dataDir: 'ml/data' });
  await dvc('import', '--out', 'from-there', original.url, 'ml/data');
  const sha = await dataset.commit({});
  await using place = await makePlace();
  // Its repository is a folder, which no annotation may name.
  const sentence = /^from-there \(from-there\.dvc of the commit\) is imported from another repository \(dvc import\)/;
  await fails(place, `${dataset.url}@${sha}:*`, 65, sentence, { flags: ['--data-dir', 'from-there'] });
});

test('a single file is fetched to its own path', async () => {
  mkdirSync(join(dataset.workTree, 'tables'), { recursive: true });
  writeFileSync(join(dataset.workTree, 'tables/one.csv'), 'x,y\n');
  await dvc('add', 'tables/one.csv');
  await dvc('push', 'tables/one.csv');
  const metadata = readFileSync(join(dataset.workTree, 'tables/one.csv.dvc'), 'utf8');
  const sha = await dataset.commit({});
  const small = { 'tables/one.csv.dvc': metadata, 'split.txt': 'one.csv\n' };
  assert.deepEqual(await fetched(sha, 'tables/one.csv'), { 'tables/one.csv': 'x,y\n', ...small });
  assert.deepEqual(await fetched(sha, 'tables'), { 'tables/one.csv': 'x,y\n', ...small });
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
