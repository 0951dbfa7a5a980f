/** A list that DVC itself tracks is fetched first, and its object's absence or damage is told as that of any. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { corruptObject, pathOfObject, type Restore, removeObject, storeObject } from '../support/dataset/objects.ts';
import { filesBelow, leftovers, makePlace } from '../support/fetch/fetcher.ts';
import { fails } from '../support/fetch/outcome.ts';
import { pathWith, publish } from '../support/fetch/published.ts';

const train = 'a.txt\ndata/b/c.txt\n';
let dataset: Dataset;
let reference: string;
before(async () => {
  dataset = await makeDataset({ files: { 'a.txt': 'a', 'b/c.txt': 'c', 'd.txt': 'd' }, splits: {} });
  const lists = { 'data-split/train': train, 'data-split/deep/one': 'd.txt\n', 'more/only': 'd.txt\n' };
  for (const [path, text] of Object.entries(lists)) {
    mkdirSync(dirname(join(dataset.workTree, path)), { recursive: true });
    writeFileSync(join(dataset.workTree, path), text);
  }
  await dataset.tools.dvc(dataset.workTree, 'add', '-q', 'data-split', 'more/only');
  await dataset.tools.dvc(dataset.workTree, 'push', '-q');
  reference = `${dataset.url}@${await dataset.commit({})}`;
});
after(() => dataset?.[Symbol.asyncDispose]());

/** The object of a list with this text, at the remote. */
const objectOf = (text: string) =>
  join(dataset.remoteDirectory, pathOfObject(storeObject(dataset.remoteDirectory, text)));

for (const [what, split, flags, path, files] of [
  ['in a folder', 'train', [], 'data-split/train', ['data/a.txt', 'data/b/c.txt']],
  ['in a folder of that', 'deep/one', [], 'data-split/deep/one', ['data/d.txt']],
  ['by itself', 'only', ['--split-dir', 'more'], 'more/only', ['data/d.txt']],
] as const) {
  test(`a list ${what} comes as one in git would, lies at its own path, and is verified with the rest`, async () => {
    await using place = await makePlace();
    const { tree, pointer } = await publish(place, `${reference}:${split}`, { flags });
    assert.deepEqual(
      Object.keys(filesBelow(tree)).sort(),
      [...files, path, 'data.dvc', 'dataset.json', 'split.txt'].sort(),
    );
    assert.equal(readFileSync(join(tree, path), 'utf8'), readFileSync(join(dataset.workTree, path), 'utf8'));
    writeFileSync(join(tree, path), 'd.txt\nd.txt\n');
    const { terminationMessage } = await publish(place, `${reference}:${split}`, { flags: [...flags, '--verify'] });
    assert.match(terminationMessage, new RegExp(`; before, its "${path}" is not the commit's$`));
    rmSync(pointer);
    await publish(place, `${reference}:${split}`, { flags, environment: pathWith(place, 'flock') });
    assert.deepEqual(leftovers(place), []);
  });
}

for (const [what, damage, exitCode, sentence] of [
  ['absent', removeObject, 66, / lacks the dataset's object [0-9a-f]{32}: /],
  ['damaged', corruptObject, 65, / object [0-9a-f]{32} at .* is damaged/],
] as const) {
  test(`a list whose object is ${what} ends the fetch before any data`, async () => {
    const restore: Restore = damage(objectOf(train));
    await using place = await makePlace();
    await fails(place, `${reference}:train`, exitCode, sentence);
    restore();
  });
}

test('a folder is no list, and one that the folder lacks is told with it', async () => {
  await using place = await makePlace();
  await fails(
    place,
    `${reference}:deep`,
    66,
    /data-split\/deep, which DVC tracks \(data-split\.dvc\), is a folder and no list/,
  );
  await fails(place, `${reference}:none`, 66, /data-split, which DVC tracks \(data-split\.dvc\), has nothing at none/);
});
