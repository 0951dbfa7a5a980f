/** A tree that the version before wrote, which knew no list of the files beside them: it is completed where it lies. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { filesBelow, leftovers, makePlace, type Place } from '../support/fetch/fetcher.ts';
import { makeMounts } from '../support/fetch/mounts.ts';
import { type Published, pathWith, publish } from '../support/fetch/published.ts';

const files = { 'a.txt': 'first', 'b/c.txt': 'second', 'd.txt': 'third' };
let dataset: Dataset;
let place: Place;
let reference: string;
let published: Published;
/** The volume as the older version left it. */
let older: string;

before(async () => {
  dataset = await makeDataset({ files, splits: { train: ['b/c.txt', 'a.txt'] } });
  reference = `${dataset.url}@${dataset.sha}:train`;
  place = await makePlace();
  published = await publish(place, reference);
  makeOlder(published);
  older = mkdtempSync(join(tmpdir(), 'dvc-injector-older-'));
  execFileSync('cp', ['-a', `${place.volume}/.`, older]);
});
beforeEach(() => {
  for (const name of readdirSync(place.volume)) rmSync(join(place.volume, name), { recursive: true });
  execFileSync('cp', ['-a', `${older}/.`, place.volume]);
});
after(async () => {
  await place?.[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
  if (older) rmSync(older, { recursive: true });
});

/** Takes away all that the version before didn't write, and leaves what it did as it would have written it. */
function makeOlder({ tree, state }: Published): void {
  rmSync(join(tree, 'split.txt'));
  const provenance = readJson(join(tree, 'dataset.json'));
  delete provenance.relativeTo;
  delete provenance.outputs;
  writeFileSync(join(tree, 'dataset.json'), `${JSON.stringify(provenance, null, 2)}\n`);
  const published = readJson(state);
  published.sample = published.sample.filter(({ path }: { path: string }) => path !== 'split.txt');
  assert.deepEqual(
    published.sample.map(({ path }: { path: string }) => path),
    ['data.dvc', 'data-split/train', 'data/a.txt', 'data/b/c.txt'],
  );
  writeFileSync(state, `${JSON.stringify(published)}\n`);
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

const list = () => readFileSync(join(published.tree, 'split.txt'), 'utf8');
const sampled = () => readJson(published.state).sample.map(({ path }: { path: string }) => path);
/** Of every file of the tree but the list: whether it is still the one that it was. */
const identities = () =>
  Object.keys(filesBelow(published.tree))
    .filter((path) => path !== 'split.txt')
    .map((path) => {
      const { ino, mtimeMs } = lstatSync(join(published.tree, path));
      return `${path} ${ino} ${mtimeMs}`;
    });

/** In front of a program: it has no network at all, not even a loopback. */
const offline = ['unshare', '--net', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])];

test('a start completes it without network, git or DVC, and touches no file that is there', async () => {
  const before = identities();
  const environment = pathWith(place, 'unshare', 'flock');
  const { terminationMessage } = await publish(place, reference, { environment, prefix: offline });
  assert.match(terminationMessage, /^completed an earlier fetch of 2 files \(11 B\)/);
  assert.equal(list(), 'a.txt\nb/c.txt\n');
  assert.deepEqual(identities(), before);
  assert.ok(sampled().includes('split.txt'));
  assert.deepEqual(leftovers(place), []);
});

test('it reads none of the data: what every start believes is believed', async () => {
  const file = join(published.tree, 'data', 'b', 'c.txt');
  writeFileSync(file, 'SECOND');
  await publish(place, reference, { environment: pathWith(place, 'flock') });
  assert.equal(list(), 'a.txt\nb/c.txt\n');
  assert.equal(readFileSync(file, 'utf8'), 'SECOND');
});

test('once completed it is as one of today: a start needs nothing, and --verify finds it sound', async () => {
  await publish(place, reference, { environment: pathWith(place, 'flock') });
  const { log } = await publish(place, reference, { environment: pathWith(place) });
  assert.equal(log.at(-1)?.msg, 'the dataset is published already');
  const verified = await publish(place, reference, { flags: ['--verify'] });
  assert.equal(verified.log.at(-1)?.msg, 'the dataset is published already');
});

test('--verify misses nothing but the list, adds it, and leaves the data as it is', async () => {
  const data = () => identities().filter((line) => !line.startsWith('dataset.json'));
  const before = data();
  const { terminationMessage } = await publish(place, reference, { flags: ['--verify'] });
  assert.match(terminationMessage, /; before, its split\.txt does not list its files$/);
  assert.equal(list(), 'a.txt\nb/c.txt\n');
  assert.deepEqual(data(), before);
});

test('one whose pointer is lost, too, is read and taken over with the list', async () => {
  rmSync(published.pointer);
  await publish(place, reference, { environment: pathWith(place, 'flock') });
  assert.equal(list(), 'a.txt\nb/c.txt\n');
  const verified = await publish(place, reference, { flags: ['--verify'] });
  assert.equal(verified.log.at(-1)?.msg, 'the dataset is published already');
});

test('one whose list of files the cache has lost is fetched anew, in its place', async () => {
  const before = identities().filter((line) => line.startsWith('data/'));
  for (const path of Object.keys(filesBelow(join(place.volume, 'cache')))) {
    if (path.endsWith('.dir')) rmSync(join(place.volume, 'cache', path));
  }
  await publish(place, reference);
  assert.equal(list(), 'a.txt\nb/c.txt\n');
  assert.deepEqual(
    identities().filter((line) => line.startsWith('data/')),
    before,
  );
});

test('whatever has the name of the list gives way to it', async () => {
  execFileSync('mkfifo', [join(published.tree, 'split.txt')]);
  await publish(place, reference, { environment: pathWith(place, 'flock') });
  assert.equal(list(), 'a.txt\nb/c.txt\n');
});

test('on a volume that is mounted read-only the sentence says how to complete it', async () => {
  await using mounts = await makeMounts();
  await mounts.makeReadOnly(place.volume);
  const { exitCode, terminationMessage } = await place.fetch(reference, { prefix: mounts.prefix });
  assert.equal(exitCode, 74, terminationMessage);
  assert.match(terminationMessage, /^the volume at .* is mounted read-only: mount it read-write for the fetch/);
});
