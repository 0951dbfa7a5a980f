/** A dataset of several outputs: folders and files, of DVC 2 and DVC 3, from two remotes, arrive, are verified and mended as one. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { convertToLegacy } from '../support/dataset/legacy.ts';
import { corruptObject, outputOid, pathOfObject, removeObject } from '../support/dataset/objects.ts';
import { filesBelow, leftovers, makePlace, type Place } from '../support/fetch/fetcher.ts';
import { fails } from '../support/fetch/outcome.ts';
import { type Published, pathWith, publish } from '../support/fetch/published.ts';

const old = { 'windows.txt': 'one\r\ntwo\r\n', 'unix.txt': 'one\nanother\n' };
/** In two folders, so that DVC has one list for them; and to DVC 2 the old one is the same, so that its list has that name, too. */
const fresh = { 'windows.txt': 'one\ntwo\n', 'unix.txt': 'one\nanother\n' };
const files: Record<string, string> = {
  ...below('old', old),
  ...below('fresh', fresh),
  ...below('twin', fresh),
  'labels.csv': 'a,b\n',
  'made/deep/x': 'made\n',
};
const list = ['old/windows.txt', 'fresh/windows.txt', 'labels.csv'];

let dataset: Dataset;
let other: string;
let reference: string;
let place: Place;
const flags = ['--data-dir', 'data'];

before(async () => {
  dataset = await makeDataset({ files: old, splits: { list }, dataDir: 'data/old' });
  await convertToLegacy(dataset);
  const { workTree, tools } = dataset;
  other = join(dataset.folder, 'other');
  appendFileSync(join(workTree, '.dvc/config'), `['remote "other"']\n    url = ${other}\n`);
  write({ ...below('data/fresh', fresh), ...below('data/twin', fresh), 'data/labels.csv': 'a,b\n' });
  const dvc = (...args: string[]) => tools.dvc(workTree, ...args);
  await dvc('add', '-q', 'data/fresh', 'data/twin', 'data/labels.csv');
  appendFileSync(join(workTree, 'data/fresh.dvc'), '  remote: other\n');
  const stage = [
    'stage',
    'add',
    '-q',
    '--run',
    '--name',
    'make',
    '--outs',
    'data/made',
    '--metrics-no-cache',
    'data/scores.json',
  ];
  await dvc(...stage, 'mkdir -p data/made/deep && echo made > data/made/deep/x && echo {} > data/scores.json');
  await dvc('push', '-q');
  assert.ok(existsSync(join(other, pathOfObject(outputOid(join(workTree, 'data/fresh.dvc'))))));
  reference = `${dataset.url}@${await dataset.commit({})}`;
  place = await makePlace();
});
after(async () => {
  await place?.[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
});

function below(folder: string, paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([path, text]) => [`${folder}/${path}`, text]));
}

function write(paths: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(paths)) {
    mkdirSync(dirname(join(dataset.workTree, path)), { recursive: true });
    writeFileSync(join(dataset.workTree, path), text);
  }
}

/** The tree has these files of data, the metadata beside them, and nothing else. */
function assertData(tree: string, paths: readonly string[]): void {
  const data = Object.entries(filesBelow(join(tree, 'data'))).filter(([path]) => !path.endsWith('.dvc'));
  const expected = paths.map((path) => [path, Buffer.from(files[path] ?? assert.fail(path))]);
  assert.deepEqual(Object.fromEntries(data), Object.fromEntries(expected));
  const others = Object.keys(filesBelow(tree)).filter((path) => !data.some(([each]) => path === `data/${each}`));
  const metadata = ['fresh.dvc', 'labels.csv.dvc', 'old.dvc', 'twin.dvc'].map((name) => `data/${name}`);
  const small = ['dataset.json', 'dvc.lock', 'split.txt', ...metadata];
  assert.deepEqual(others.filter((path) => path !== 'data-split/list').sort(), small.sort());
  assert.equal(
    readFileSync(join(tree, 'split.txt'), 'utf8'),
    paths
      .toSorted()
      .map((path) => `${path}\n`)
      .join(''),
  );
}

/** Where the object of a file lies, below the remote as below the cache. */
const objects = {
  'old/windows.txt': pathOfLegacy(md5('one\ntwo\n')),
  'fresh/windows.txt': pathOfObject(md5('one\ntwo\n')),
};

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function pathOfLegacy(oid: string): string {
  return join(oid.slice(0, 2), oid.slice(2));
}

let all: Published;

test('all that DVC tracks below the path arrives, byte for byte as dvc pull brings it', async () => {
  all = await publish(place, `${reference}:*`, { flags });
  assertData(all.tree, Object.keys(files));
  const clone = join(dataset.folder, 'clone');
  await dataset.tools.git(dataset.folder, 'clone', '--quiet', dataset.workTree, clone);
  await execa('dvc', ['pull', '-q'], { cwd: clone, env: dataset.tools.environment, extendEnv: false });
  for (const path of Object.keys(files)) {
    assert.deepEqual(readFileSync(join(all.tree, 'data', path)), readFileSync(join(clone, 'data', path)), path);
  }
  assert.deepEqual(leftovers(place), []);
});

test('the provenance names each output with its metadata, and the cache keeps both kinds where DVC would', () => {
  const { outputs, relativeTo, files: count, bytes } = JSON.parse(readFileSync(join(all.tree, 'dataset.json'), 'utf8'));
  assert.equal(relativeTo, 'data');
  assert.equal(count, 8);
  assert.equal(bytes, Object.values(files).join('').length);
  const fresh = outputs.find(({ path }: { path: string }) => path === 'data/fresh');
  assert.deepEqual(outputs.map((each: Record<string, string>) => [each.path, each.metadata, each.hash]).sort(), [
    ['data/fresh', 'data/fresh.dvc', 'md5'],
    ['data/labels.csv', 'data/labels.csv.dvc', 'md5'],
    ['data/made', 'dvc.lock', 'md5'],
    ['data/old', 'data/old.dvc', 'md5-dos2unix'],
    ['data/twin', 'data/twin.dvc', 'md5'],
  ]);
  const oids = ['fresh', 'twin', 'old'].map((name) => outputOid(join(dataset.workTree, `data/${name}.dvc`)));
  assert.equal(new Set(oids).size, 1, 'one list');
  assert.equal(fresh.oid, oids[0]);
  for (const path of [...Object.values(objects), pathOfObject(fresh.oid), pathOfLegacy(fresh.oid)])
    assert.ok(existsSync(join(place.volume, 'cache', path)), path);
});

test('--verify finds it sound, and writes nothing', async () => {
  const { mtimeMs } = lstatSync(all.state);
  const { log } = await publish(place, `${reference}:*`, { flags: [...flags, '--verify'] });
  assert.equal(log.at(-1)?.msg, 'the dataset is published already');
  assert.equal(lstatSync(all.state).mtimeMs, mtimeMs);
});

test('a file of each kind that is damaged is found by --verify and mended in its own way', async () => {
  for (const path of ['old/windows.txt', 'fresh/windows.txt', 'labels.csv', 'made/deep/x']) {
    const file = join(all.tree, 'data', path);
    writeFileSync(file, 'x'.repeat(lstatSync(file).size)); // in the cache too: it is a link
  }
  const { terminationMessage } = await publish(place, `${reference}:*`, { flags: [...flags, '--verify'] });
  assert.match(terminationMessage, /; before, 4 of its files are damaged, such as/);
  assertData(all.tree, Object.keys(files));
});

test('a tree whose pointer is lost is taken over without git, DVC or network', async () => {
  rmSync(all.pointer);
  await publish(place, `${reference}:*`, { flags, environment: pathWith(place, 'flock') });
  assertData(all.tree, Object.keys(files));
  assert.deepEqual(leftovers(place), []);
});

test('a tree whose pointer is lost is not taken over where a file of either kind is damaged', async () => {
  rmSync(all.pointer);
  for (const path of ['old/unix.txt', 'fresh/unix.txt']) {
    const file = join(all.tree, 'data', path);
    writeFileSync(file, 'x'.repeat(lstatSync(file).size));
  }
  await publish(place, `${reference}:*`, { flags });
  assertData(all.tree, Object.keys(files));
});

test('a list names files of several outputs, and only theirs come, each from its own remote', async () => {
  await using fewer = await makePlace();
  const { tree } = await publish(fewer, `${reference}:list`, { flags });
  assertData(tree, list);
  const cached = Object.keys(filesBelow(join(fewer.volume, 'cache'))).filter((path) => !path.endsWith('.dir'));
  assert.equal(cached.length, 3, cached.join());
  const verified = await publish(fewer, `${reference}:list`, { flags: [...flags, '--verify'] });
  assert.equal(verified.log.at(-1)?.msg, 'the dataset is published already');
  rmSync(join(fewer.volume, 'datasets'), { recursive: true });
  await publish(fewer, `${reference}:list`, { flags, environment: pathWith(fewer, 'flock') });
});

test('an object that one of two remotes lacks or has damaged is told with the name of that remote', async () => {
  const ofOther = join(other, objects['fresh/windows.txt']);
  for (const [damage, exitCode, sentence] of [
    [removeObject, 66, /other.* lacks the object .*"fresh\/windows\.txt".*dvc push/],
    [corruptObject, 65, /"fresh\/windows\.txt" at .*other.* is damaged/],
  ] as const) {
    const restore = damage(ofOther);
    await using empty = await makePlace();
    await fails(empty, `${reference}:list`, exitCode, sentence, { flags });
    restore();
  }
});

for (const [what, path, base, name] of [
  ['a part of a folder', 'data/made/deep', 'data/made/deep', 'x'],
  ['a file in a folder of DVC 2', 'data/old/windows.txt', 'data/old', 'windows.txt'],
  ['a file that is tracked by itself', 'data/labels.csv', 'data', 'labels.csv'],
] as const) {
  test(`${what} is a dataset, at its own place`, async () => {
    await using one = await makePlace();
    const { tree } = await publish(one, `${reference}:*`, { flags: ['--data-dir', path] });
    assert.equal(readFileSync(join(tree, 'split.txt'), 'utf8'), `${name}\n`);
    const text = files[`${base}/${name}`.slice('data/'.length)] ?? assert.fail(name);
    assert.equal(readFileSync(join(tree, base, name), 'utf8'), text);
    const verified = await publish(one, `${reference}:*`, { flags: ['--data-dir', path, '--verify'] });
    assert.equal(verified.log.at(-1)?.msg, 'the dataset is published already');
  });
}
