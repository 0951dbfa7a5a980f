/** The second and every later start: quick, offline, and wary of what happened to the volume in between. */
import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tryLock } from '../../src/fetch/files/flock.ts';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { eventually } from '../support/eventually.ts';
import { filesBelow, leftovers, makePlace, type Place } from '../support/fetch/fetcher.ts';
import { assertFiles, type Published, pathWith, publish } from '../support/fetch/published.ts';

const files = { 'a.txt': 'first', 'b/c.txt': 'second', 'd.txt': 'third' };
let dataset: Dataset;
let reference: string;
before(async () => {
  dataset = await makeDataset({ files, splits: { train: Object.keys(files) } });
  reference = `${dataset.url}@${dataset.sha}:train`;
});
after(() => dataset?.[Symbol.asyncDispose]());

function fetchOnce(place: Place): Promise<Published> {
  return publish(place, reference);
}

/** In front of a program: it has no network at all, not even a loopback. */
const offline = ['unshare', '--net', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])];

test('a second run needs neither a network nor git nor DVC nor anything else on the PATH', async () => {
  await using place = await makePlace();
  await fetchOnce(place);
  const environment = pathWith(place, 'unshare');
  const { exitCode, log, output } = await place.fetch(reference, { environment, prefix: offline });
  assert.equal(exitCode, 0, output);
  assert.equal(log.at(-1)?.msg, 'the dataset is published already');
  assert.deepEqual(leftovers(place), []);
});

test('--verify of a sound tree asks git what must be there, and writes nothing but its scratch', async () => {
  await using place = await makePlace();
  const { tree, state } = await fetchOnce(place);
  const times = () => [tree, state].map((path) => lstatSync(path).mtimeMs);
  const before = times();
  const { exitCode, log, output } = await place.fetch(reference, { flags: ['--verify'] });
  assert.equal(exitCode, 0, output);
  assert.equal(log.at(-1)?.msg, 'the dataset is published already');
  assert.deepEqual(times(), before);
  assert.deepEqual(leftovers(place), []);
});

test('--verify that has to wait for another fetcher believes it no more than the volume', async () => {
  await using place = await makePlace();
  const { tree, state } = await fetchOnce(place);
  writeFileSync(join(tree, 'data', 'd.txt'), 'THIRD');
  const lock = (await tryLock(state)) ?? assert.fail('refused');
  const { log, ended } = place.start(reference, { flags: ['--verify'] });
  await eventually('it waits', async () => log.some(({ phase }) => phase === 'waiting'));
  await lock.release(); // as a leader that has published: the state says so, and the tree is wrong nevertheless
  const { exitCode, output, terminationMessage } = await ended;
  assert.equal(exitCode, 0, output);
  assert.match(terminationMessage, /; before, 1 of its files are damaged, such as "d\.txt"$/);
  assertFiles(tree, files);
});

test('--verify where the commit can not be had ends as a fetch would, and says nothing of the tree', async () => {
  await using place = await makePlace();
  const { tree } = await fetchOnce(place);
  const away = `${dataset.folder}/repository.git.away`;
  const folder = fileURLToPath(dataset.url);
  renameSync(folder, away);
  const { exitCode, output } = await place.fetch(reference, { flags: ['--verify'] });
  renameSync(away, folder);
  assert.equal(exitCode, 66, output);
  assertFiles(tree, files);
});

test('an empty folder in the place of the pointer, as a kubelet makes it, gives way without a download', async () => {
  await using place = await makePlace();
  const { pointer, tree } = await fetchOnce(place);
  rmSync(pointer);
  mkdirSync(pointer);
  const { exitCode, output } = await place.fetch(reference, { environment: pathWith(place, 'flock') });
  assert.equal(exitCode, 0, output);
  assert.ok(lstatSync(pointer).isSymbolicLink());
  assertFiles(tree, files);
});

test('an empty folder in the place of the pointer gives way to a first fetch too', async () => {
  await using other = await makePlace();
  const { key } = await fetchOnce(other);
  await using place = await makePlace();
  mkdirSync(join(place.volume, 'datasets', key), { recursive: true });
  const { pointer, tree } = await fetchOnce(place);
  assert.ok(lstatSync(pointer).isSymbolicLink());
  assertFiles(tree, files);
});

test('a folder with files in the place of the pointer is refused with 74, and its files are kept', async () => {
  await using other = await makePlace();
  const { key } = await fetchOnce(other);
  await using place = await makePlace();
  const folder = join(place.volume, 'datasets', key);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'results.csv'), 'precious');
  const { exitCode, terminationMessage } = await place.fetch(reference);
  assert.equal(exitCode, 74);
  assert.match(terminationMessage, new RegExp(`datasets/${key} .*move them away`));
  assert.equal(readFileSync(join(folder, 'results.csv'), 'utf8'), 'precious');
  assert.deepEqual(leftovers(place), []);
});

test('a pointer to somewhere else is never retargeted: 74', async () => {
  await using place = await makePlace();
  const { pointer } = await fetchOnce(place);
  rmSync(pointer);
  symlinkSync('../trees/elsewhere', pointer);
  const { exitCode, terminationMessage } = await place.fetch(reference);
  assert.equal(exitCode, 74);
  assert.match(terminationMessage, /is left alone/);
});

test('a tree that was garbage-collected is made again under its dangling pointer', async () => {
  await using place = await makePlace();
  const { tree, pointer } = await fetchOnce(place);
  const { ino } = lstatSync(pointer);
  rmSync(tree, { recursive: true });
  await fetchOnce(place);
  assertFiles(tree, files);
  assert.equal(lstatSync(pointer).ino, ino);
});

test('objects of the cache serve a new tree after they were read, and damaged ones are fetched anew', async () => {
  await using place = await makePlace();
  const { tree } = await fetchOnce(place);
  const cache = join(place.volume, 'cache');
  const [damaged = ''] = Object.entries(filesBelow(cache)).flatMap(([path, bytes]) =>
    bytes.toString() === 'second' ? [path] : [],
  );
  rmSync(tree, { recursive: true });
  writeFileSync(join(cache, damaged), 'wrong!');
  await fetchOnce(place);
  assertFiles(tree, files);
  assert.equal(readFileSync(join(cache, damaged), 'utf8'), 'second');
});

test('a truncated or missing file is noticed by every start, and repaired in place', async () => {
  await using place = await makePlace();
  const { tree } = await fetchOnce(place);
  const { ino } = lstatSync(tree);
  truncateSync(join(tree, 'data', 'a.txt'), 2);
  rmSync(join(tree, 'data', 'b'), { recursive: true });
  rmSync(join(tree, 'data-split', 'train'));
  await fetchOnce(place);
  assertFiles(tree, files);
  assert.equal(readFileSync(join(tree, 'data-split', 'train'), 'utf8'), `${Object.keys(files).join('\n')}\n`);
  assert.equal(lstatSync(tree).ino, ino, 'running containers keep the folder they mounted');
});

test('a file with wrong bytes of the right size is found and repaired by --verify', async () => {
  await using place = await makePlace();
  const { tree } = await fetchOnce(place);
  writeFileSync(join(tree, 'data', 'd.txt'), 'THIRD');
  const { exitCode, output } = await place.fetch(reference, { flags: ['--verify'] });
  assert.equal(exitCode, 0, output);
  assertFiles(tree, files);
});

test('a state file with garbage is no state: the tree is read and taken over', async () => {
  await using place = await makePlace();
  const { state, tree } = await fetchOnce(place);
  for (const garbage of ['', '{"phase":"publ', '\0\0\0', '[]', '{"key":"x","phase":"published"}']) {
    writeFileSync(state, garbage);
    const { exitCode, output } = await place.fetch(reference, { environment: pathWith(place, 'flock') });
    assert.equal(exitCode, 0, output);
  }
  assert.equal(JSON.parse(readFileSync(state, 'utf8')).phase, 'published');
  assertFiles(tree, files);
});
