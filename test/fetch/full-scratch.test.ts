/** A scratch that is full, at each step that writes there: 74 that says so, nothing left behind, and more scratch helps. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { makePlace, type Place, publishedFolder } from './support/fetcher.ts';
import { makeMounts } from './support/mounts.ts';

const names = ['small.bin', 'large.bin'] as const;
let dataset: Dataset;
before(async () => {
  // A list with a comment's worth of noise would be refused, so its size is in blank lines that don't compress.
  const long = `${names[0]}\n${randomLines(6 * 1024 * 1024)}`;
  dataset = await makeDataset({
    files: { [names[0]]: randomBytes(1024), [names[1]]: randomBytes(12 * 1024 * 1024) },
    splits: { long, short: [names[0]] },
  });
});
after(() => dataset?.[Symbol.asyncDispose]());

/** Blank lines of random lengths: nothing to a reader of lists, and much to git. */
function randomLines(bytes: number): string {
  return [...randomBytes(bytes)].map((byte) => [' ', '\t', '\n', '\r\n'][byte % 4]).join('');
}

const isFull = /^the scratch (?:at \S+ )?is full: give the fetch more scratch \(annotation dvc\.io\/scratch\)/;

/** Fetches with a scratch of this size and expects 74 about it; with a large one the same fetch succeeds. */
async function assertFull(
  split: string,
  options: string,
  { flags = () => [], message = isFull }: { flags?: (place: Place) => string[]; message?: RegExp } = {},
): Promise<void> {
  await using place = await makePlace();
  await using mounts = await makeMounts();
  await mounts.mountMemory(place.scratch, options);
  const fetch = () =>
    place.fetch(`${dataset.url}@${dataset.sha}:${split}`, { prefix: mounts.prefix, flags: flags(place) });
  const full = await fetch();
  assert.equal(full.exitCode, 74, full.output);
  assert.match(full.terminationMessage, message);
  assert.equal(publishedFolder(place.volume), undefined);
  assert.deepEqual(readdirSync(join(place.volume, 'staging')), []);
  assert.deepEqual(readdirSync(mounts.inside(place.scratch)), [], 'the scratch is empty again');
  await mounts.resize(place.scratch, 'size=256m,nr_inodes=10000');
  const { exitCode, output } = await fetch();
  assert.equal(exitCode, 0, output);
  assert.deepEqual(readdirSync(mounts.inside(place.scratch)), []);
}

test("a scratch without inodes for the fetch's own folders: 74", () => assertFull('short', 'size=64m,nr_inodes=4'));

test('a scratch that has no room for the CA bundle: 74', () =>
  assertFull('short', 'size=64k', {
    flags(place) {
      const bundle = join(dirname(place.scratch), 'ca.pem');
      writeFileSync(bundle, rootCertificates.join('\n'));
      return ['--ca-bundle', bundle];
    },
  }));

test("a scratch that has no room for git's empty repository: 74", () => assertFull('short', 'size=12k'));

test("a scratch that has no inodes for git's empty repository: 74", () => assertFull('short', 'size=64m,nr_inodes=14'));

test('a scratch that has no room for the commit: 74', () => assertFull('long', 'size=1m'));

// Who is first: the fetch, which sees that the object alone is too much, or the disk.
const isFullOfOne = new RegExp(`${isFull.source}|^"large\\.bin" alone needs more scratch than the \\d+ bytes`);

test('a scratch that has no room for one object: 74', () => assertFull('*', 'size=8m', { message: isFullOfOne }));
