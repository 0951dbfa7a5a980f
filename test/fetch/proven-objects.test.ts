/** Objects of the volume that another commit needs too: what is known to be right is linked, what may have changed is read. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { filesBelow, makePlace, type Place } from '../support/fetch/fetcher.ts';

let dataset: Dataset;
let first: string;
let second: string;
before(async () => {
  dataset = await makeDataset({
    files: { 'a.txt': 'first', 'b.txt': 'second' },
    splits: { train: ['a.txt', 'b.txt'] },
  });
  first = `${dataset.url}@${dataset.sha}:train`;
  second = `${dataset.url}@${await dataset.commit({ files: { 'b.txt': 'changed' } })}:train`;
});
after(() => dataset?.[Symbol.asyncDispose]());

async function fetchWell(place: Place, reference: string, flags: readonly string[] = []): Promise<void> {
  const { exitCode, output } = await place.fetch(reference, { flags });
  assert.equal(exitCode, 0, output);
}

/** The path of the object whose bytes are this text. */
function objectOf(place: Place, text: string): string {
  const cache = join(place.volume, 'cache');
  const [found] = Object.entries(filesBelow(cache)).filter(([, bytes]) => bytes.toString() === text);
  return join(cache, found?.[0] ?? assert.fail(`no object is ${text}`));
}

/** What the published trees have as `a.txt`, each once. */
function published(place: Place): Set<string> {
  const trees = filesBelow(join(place.volume, 'trees'));
  return new Set(Object.entries(trees).flatMap(([path, bytes]) => (path.endsWith('a.txt') ? [bytes.toString()] : [])));
}

/** Writes other bytes of the same length, and makes it look as if nobody had. */
function damageInSecret(path: string): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'FIRST');
  utimesSync(path, atime, mtime);
}

test('what a published tree lists, and nobody wrote to since, costs a link and no reading', async () => {
  await using place = await makePlace();
  await fetchWell(place, first);
  const object = objectOf(place, 'first');
  const { ino } = statSync(object);
  // The only way to see from outside that it is not read.
  damageInSecret(object);
  await fetchWell(place, second);
  assert.deepEqual(published(place), new Set(['FIRST']));
  assert.equal(statSync(object).ino, ino);

  await fetchWell(place, second, ['--verify']);
  assert.deepEqual(published(place), new Set(['FIRST', 'first']));
  await fetchWell(place, first, ['--verify']);
  assert.deepEqual(published(place), new Set(['first']));
});

test('what was written to since is read, found wrong and fetched anew', async () => {
  await using place = await makePlace();
  await fetchWell(place, first);
  const object = objectOf(place, 'first');
  writeFileSync(object, 'FIRST');
  await fetchWell(place, second);
  assert.equal(readFileSync(object, 'utf8'), 'first');
});

test('what no published tree lists any more is read, and so is everything with --verify', async () => {
  for (const [gone, flags] of [
    [true, []],
    [false, ['--verify']],
  ] as const) {
    await using place = await makePlace();
    await fetchWell(place, first);
    const object = objectOf(place, 'first');
    damageInSecret(object);
    if (gone) rmSync(join(place.volume, 'trees'), { recursive: true });
    await fetchWell(place, second, flags);
    assert.equal(readFileSync(object, 'utf8'), 'first');
  }
});

test('a tree whose provenance or list is damaged proves nothing', async () => {
  for (const name of ['dataset.json', 'list']) {
    await using place = await makePlace();
    await fetchWell(place, first);
    const object = objectOf(place, 'first');
    damageInSecret(object);
    const [[key = '', ...rest] = []] = Object.keys(filesBelow(join(place.volume, 'trees'))).map((path) =>
      path.split('/'),
    );
    assert.ok(rest.length > 0);
    const provenance = join(place.volume, 'trees', key, 'dataset.json');
    const { oid } = JSON.parse(readFileSync(provenance, 'utf8')) as { oid: string };
    const list = join(place.volume, 'cache/files/md5', oid.slice(0, 2), oid.slice(2));
    writeFileSync(name === 'list' ? list : provenance, '[]');
    await fetchWell(place, second);
    assert.equal(readFileSync(object, 'utf8'), 'first');
  }
});
