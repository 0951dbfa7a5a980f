/** Every kind of split from real repositories to a published tree: lists beside the data, globs, and the file of paths that each gives. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { filesBelow, makePlace } from '../support/fetch/fetcher.ts';
import { fails, succeeds } from '../support/fetch/outcome.ts';
import { publish } from '../support/fetch/published.ts';

const files = { 'train/a.jpg': 'a', 'train/.b.jpg': 'b', 'val/c.png': 'c', 'notes.txt': 'n' };
const raw = ['--data-dir', 'data/raw', '--split-dir', 'data'];
const whole = ['--data-dir', '.', '--split-dir', 'data'];

let dataset: Dataset;
before(async () => {
  // Lists beside the metadata, in the folder that the data directory lies in.
  dataset = await makeDataset({
    files,
    splits: {
      'list.txt': ['val/c.png', 'data/raw/train/a.jpg'],
      'whole.txt': ['data/raw/notes.txt', './data/raw/val/c.png'],
      'table.csv': 'path,label\ntrain/a.jpg,1\n',
    },
    dataDir: 'data/raw',
    splitDir: 'data',
  });
});
after(() => dataset?.[Symbol.asyncDispose]());

const reference = (split: string) => `${dataset.url}@${dataset.sha}:${split}`;

for (const [split, flags, relativeTo, paths] of [
  ['list.txt', raw, 'data/raw', ['train/a.jpg', 'val/c.png']],
  ['whole.txt', whole, '.', ['data/raw/notes.txt', 'data/raw/val/c.png']],
  ['train/**', raw, 'data/raw', ['train/.b.jpg', 'train/a.jpg']],
  ['data/raw/*/*.{png,jpg}', raw, 'data/raw', ['train/.b.jpg', 'train/a.jpg', 'val/c.png']],
  ['**/*.txt', whole, '.', ['data/raw/notes.txt']],
  ['*', raw, 'data/raw', ['notes.txt', 'train/.b.jpg', 'train/a.jpg', 'val/c.png']],
] as const) {
  test(`${split} of ${relativeTo} publishes its files, and their paths in split.txt`, async () => {
    await using place = await makePlace();
    const { tree } = await publish(place, reference(split), { flags });
    assert.equal(readFileSync(join(tree, 'split.txt'), 'utf8'), paths.map((path) => `${path}\n`).join(''));
    const data = Object.keys(filesBelow(join(tree, 'data', 'raw')));
    assert.deepEqual(data.sort(), paths.map((path) => path.replace('data/raw/', '')).sort());
    assert.equal(existsSync(join(tree, 'data', split)), split.endsWith('list.txt') || split.endsWith('whole.txt'));
    await succeeds(place, reference(split), { flags: [...flags, '--verify'] });
  });
}

test('a glob that matches nothing: 66 that names what there is', async () => {
  await using place = await makePlace();
  const says = /^the split test\/\*\* matches no file .* the folders train\/, val\/ and names that end in \.jpg, /;
  await fails(place, reference('test/**'), 66, says, { flags: raw });
});

test('a list that is absent where the dataset has a folder of that name: 66 that says how to name it', async () => {
  await using place = await makePlace();
  const says = /^the commit has no list data\/train; .*a folder of that name, which the split train\/\*\* means$/;
  await fails(place, reference('train'), 66, says, { flags: raw });
});

test('a table in the place of a list: 65 that names the column', async () => {
  await using place = await makePlace();
  await fails(place, reference('table.csv'), 65, /^the list data\/table\.csv is CSV: column 1 names files/, {
    flags: raw,
  });
});

test('a glob that would take too long: 64 that says why', async () => {
  await using place = await makePlace();
  await fails(place, reference('**/**/**/a'), 64, /the split is a glob that has more than 2 segments \*\*/, {
    flags: raw,
  });
});
