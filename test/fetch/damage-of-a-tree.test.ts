/** A published tree in which something has another type, or that has too much: it is made right, and no link is followed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { leftovers, makePlace, type Place } from '../support/fetch/fetcher.ts';
import { assertFiles, type Published, pathWith, publish } from '../support/fetch/published.ts';

const files = { 'a.txt': 'first', 'b/c.txt': 'second', 'b/deep/d.txt': 'third' };
let dataset: Dataset;
let reference: string;
let place: Place;
let published: Published;
/** A copy of the volume as it was published, which each test begins with. */
let pristine: string;
let outside: string;
before(async () => {
  dataset = await makeDataset({ files, splits: { 'lists/train': Object.keys(files) } });
  reference = `${dataset.url}@${dataset.sha}:lists/train`;
  place = await makePlace();
  published = await publish(place, reference);
  pristine = mkdtempSync(join(tmpdir(), 'dvc-injector-pristine-'));
  execFileSync('cp', ['-a', `${place.volume}/.`, pristine]); // with its hard links
});
beforeEach(() => {
  for (const name of readdirSync(place.volume)) rmSync(join(place.volume, name), { recursive: true });
  execFileSync('cp', ['-a', `${pristine}/.`, place.volume]);
  if (outside) rmSync(outside, { recursive: true });
  outside = mkdtempSync(join(tmpdir(), 'dvc-injector-outside-'));
});
after(async () => {
  await place?.[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
  for (const folder of [outside, pristine]) if (folder) rmSync(folder, { recursive: true });
});

/** Every file is right and lies in real folders, and nothing else is in the tree. */
function assertWhole(tree: string): void {
  assertFiles(tree, files);
  const paths = readdirSync(tree, { recursive: true, withFileTypes: true });
  const folders = paths.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(folders.sort(), ['b', 'data', 'data-split', 'deep', 'lists']);
  const small = ['data-split/lists/train', 'data.dvc', 'dataset.json', 'split.txt'];
  assert.ok(lstatSync(tree).isDirectory());
  for (const path of small) assert.ok(lstatSync(join(tree, path)).isFile(), path);
  assert.equal(paths.length, folders.length + small.length + Object.keys(files).length);
  assert.deepEqual(readFileSync(join(tree, 'data.dvc')), readFileSync(join(dataset.workTree, 'data.dvc')));
  assert.equal(readFileSync(join(tree, 'split.txt'), 'utf8'), `${Object.keys(files).sort().join('\n')}\n`);
  assert.equal(readFileSync(join(tree, 'data-split/lists/train'), 'utf8'), `${Object.keys(files).join('\n')}\n`);
}

/** Replaces `path` of the tree by a link to a folder outside of it that looks the same, but for a file of the same name. */
function linkOut(tree: string, path: string): void {
  renameSync(join(tree, path), join(outside, 'folder'));
  const [first = ''] = readdirSync(join(outside, 'folder'));
  rmSync(join(outside, 'folder', first), { recursive: true });
  writeFileSync(join(outside, 'folder', first), 'precious');
  symlinkSync(join(outside, 'folder'), join(tree, path));
}

function everythingIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return `${path} ${entry.isFile() ? readFileSync(path) : ''}`;
  });
}

for (const path of ['data', 'data/b', 'data/b/deep', 'data-split', 'data-split/lists', '.']) {
  test(`a link in the place of the folder ${path} is replaced, and what it leads to is left alone`, async () => {
    linkOut(published.tree, path);
    const before = everythingIn(outside);
    const { exitCode, output } = await place.fetch(reference);
    assert.equal(exitCode, 0, output);
    assertWhole(published.tree);
    assert.deepEqual(everythingIn(outside), before);
    assert.deepEqual(leftovers(place), []);
  });
}

for (const path of ['data', 'data/b', 'data-split', '.']) {
  test(`a file in the place of the folder ${path} gives way`, async () => {
    rmSync(join(published.tree, path), { recursive: true });
    writeFileSync(join(published.tree, path), 'no folder');
    const { exitCode, output } = await place.fetch(reference);
    assert.equal(exitCode, 0, output);
    assertWhole(published.tree);
    assert.deepEqual(leftovers(place), []);
  });
}

for (const path of [
  'data/a.txt',
  'data/b/deep/d.txt',
  'data.dvc',
  'data-split/lists/train',
  'dataset.json',
  'split.txt',
]) {
  test(`a folder with files, a link or a pipe in the place of the file ${path} gives way`, async () => {
    for (const make of [
      () => {
        mkdirSync(join(published.tree, path));
        writeFileSync(join(published.tree, path, 'inside'), '');
      },
      () => symlinkSync('/etc/passwd', join(published.tree, path)),
      () => execFileSync('mkfifo', [join(published.tree, path)]),
    ]) {
      rmSync(join(published.tree, path));
      make();
      const { exitCode, output } = await place.fetch(reference);
      assert.equal(exitCode, 0, output);
      assertWhole(published.tree);
      assert.deepEqual(leftovers(place), []);
    }
  });
}

/** Puts five names into the tree that the dataset doesn't have. */
function addStrangers(tree: string): void {
  writeFileSync(join(tree, 'stranger.txt'), '');
  writeFileSync(join(tree, 'data', 'z.txt'), '');
  symlinkSync('a.txt', join(tree, 'data', 'b', 'link.txt'));
  mkdirSync(join(tree, 'data', 'c', 'd'), { recursive: true });
  writeFileSync(join(tree, 'data', 'c', 'd', 'e.txt'), '');
  writeFileSync(join(tree, 'data-split', 'other'), '');
}

for (const [when, prepare, flags] of [
  ['by --verify', () => {}, ['--verify']],
  ['when a tree is taken over', () => rmSync(published.pointer), []],
] as const) {
  test(`names that the dataset doesn't have are noticed ${when} and removed with a warning, without a download`, async () => {
    addStrangers(published.tree);
    prepare();
    const options = flags.length > 0 ? { flags } : { environment: pathWith(place, 'flock') };
    const { log } = await publish(place, reference, options);
    assert.equal(log.find(({ names }) => names !== undefined)?.names, 5);
    assertWhole(published.tree);
    assert.deepEqual(leftovers(place), []);
  });
}

test("names that the dataset doesn't have are removed too where the tree is repaired", async () => {
  addStrangers(published.tree);
  rmSync(join(published.tree, 'data', 'a.txt'));
  await publish(place, reference);
  assertWhole(published.tree);
});

test('what an NFS client keeps of a removed file that a container has open is left to that client', async () => {
  const kept = join(published.tree, 'data', `.nfs${'0'.repeat(16)}0000001a`);
  writeFileSync(kept, 'first');
  const { log } = await publish(place, reference, { flags: ['--verify'] });
  assert.equal(log.at(-1)?.msg, 'the dataset is published already');
  rmSync(kept);
});
