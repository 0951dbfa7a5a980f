/** Objects of the volume that another commit needs too: each is read before it is linked, as nothing on the volume can vouch for it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { filesBelow, makePlace, type Place } from '../support/fetch/fetcher.ts';

let dataset: Dataset;
let first: string;
let second: string;
before(async () => {
  dataset = await makeDataset({
    files: { 'a.txt': 'first', 'b.txt': 'second', empty: '' },
    splits: { train: ['a.txt', 'b.txt', 'empty'] },
  });
  first = `${dataset.url}@${dataset.sha}:train`;
  second = `${dataset.url}@${await dataset.commit({ files: { 'b.txt': 'changed' } })}:train`;
});
after(() => dataset?.[Symbol.asyncDispose]());

async function fetchWell(place: Place, reference: string): Promise<void> {
  const { exitCode, output } = await place.fetch(reference);
  assert.equal(exitCode, 0, output);
}

/** Where the volume has the object of these bytes. */
function storedAt(volume: string, text: string): string {
  const oid = createHash('md5').update(text).digest('hex');
  return join(volume, 'cache/files/md5', oid.slice(0, 2), oid.slice(2));
}

/** What the published trees have under this name, each once. */
function published(place: Place, name: string): Set<string> {
  const trees = filesBelow(join(place.volume, 'trees'));
  return new Set(Object.entries(trees).flatMap(([path, bytes]) => (path.endsWith(name) ? [bytes.toString()] : [])));
}

/** Writes other bytes of the same length, and makes it look as if nobody had. */
function damageInSecret(path: string): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'FIRST');
  utimesSync(path, atime, mtime);
}

test('what is right is linked, and what is wrong is found though its length and its time say nothing', async () => {
  await using place = await makePlace();
  await fetchWell(place, first);
  const [object, other] = [storedAt(place.volume, 'first'), storedAt(place.volume, '')];
  const { ino } = statSync(other);
  damageInSecret(object);
  await fetchWell(place, second);
  assert.equal(readFileSync(object, 'utf8'), 'first');
  assert.deepEqual(published(place, 'a.txt'), new Set(['FIRST', 'first'])); // of the first commit, until it is verified
  assert.equal(statSync(other).ino, ino);
  assert.equal(statSync(other).nlink, 3);
});

for (const [what, put] of [
  ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ['a link to a file that looks the same', (path: string) => symlinkSync('/dev/null', path)],
  ['a folder', (path: string) => mkdirSync(path)],
] as const) {
  test(`${what} in the place of an object is none, be it an empty one`, async () => {
    await using place = await makePlace();
    await fetchWell(place, first);
    const object = storedAt(place.volume, '');
    rmSync(object);
    put(object);
    await fetchWell(place, second);
    assert.ok(lstatSync(object).isFile());
    assert.deepEqual(published(place, 'empty'), new Set(['']));
  });
}
