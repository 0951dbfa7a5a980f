/**
 * The dataset: many small files, made from a seed and stored at once as DVC's remote would hold them. `dvc add` and
 * `dvc push` of 100,000 files take many minutes; dataset.test.ts proves that they make the same of the same files.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { cached, fingerprint } from '../../../provision/cache.ts';
import { announced } from '../../../provision/progress.ts';
import { contentOf, logNormal, seeded, shuffled } from '../../support/dataset/random.ts';

/** A file of the data directory. */
export interface Entry {
  path: string;
  md5: string;
  bytes: number;
}

/** The data directory at one commit: what `data.dvc` names. */
export interface Version {
  /** The oid of the `.dir` object. */
  oid: string;
  entries: readonly Entry[];
}

/** Everything that is the same in every run with this number of files. */
export interface Dataset {
  /** The folder that holds `files/md5/…`. */
  bucket: string;
  first: Version;
  /** As `first`, but one file in a hundred has other bytes. */
  changed: Version;
  /** Parts of `first`, small enough that what takes an hour for the whole can be timed on them. */
  samples: { small: Version; large: Version };
  /** The numbers of the files, in the order in which splits take them. */
  order: readonly number[];
}

const folders = 100;
const meanBytes = 8192;
const sampleSizes = { small: 400, large: 2000 };

/** Makes the dataset in the cache the first time: half a minute and 1 GB of disk for 100,000 files. */
export async function provideDataset(files: number, seed = 1): Promise<Dataset> {
  const sources = ['dataset.ts', '../../support/dataset/random.ts'].map((name) => join(import.meta.dirname, name));
  const key = fingerprint({ files: sources, words: [String(files), String(seed)] });
  const folder = await cached(`bench-dataset-${files}-${key}`, (directory) =>
    announced(`making a dataset of ${files} files`, () => writeDataset(directory, files, seed)),
  );
  return { ...JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8')), bucket: join(folder, 'bucket') };
}

/** Writes `bucket/` and `dataset.json`. */
export async function writeDataset(directory: string, files: number, seed: number): Promise<void> {
  const bucket = join(directory, 'bucket');
  const random = seeded(seed);
  const order = shuffled(files, random);
  // Every hundredth in the splits' own order, so that a split of any size has its share of what changes.
  const changing = new Set(order.filter((_, position) => position % 100 === 0));
  const first: Entry[] = [];
  const changed: Entry[] = [];
  for (let number = 0; number < files; number += 1) {
    const size = Math.max(1, Math.round(logNormal(meanBytes, 1, random)));
    const path = pathOf(number);
    const entry = { path, bytes: size, md5: storeObject(bucket, contentOf(number, 1, size, seed)) };
    first.push(entry);
    changed.push(
      changing.has(number) ? { ...entry, md5: storeObject(bucket, contentOf(number, 2, size, seed)) } : entry,
    );
    if (number % 500 === 0) await breathe(); // or nothing could say that it is still going on
  }
  const part = (count: number) => order.slice(0, count).map((number) => first[number] as Entry);
  const dataset: Omit<Dataset, 'bucket'> = {
    first: storeVersion(bucket, first),
    changed: storeVersion(bucket, changed),
    samples: {
      small: storeVersion(bucket, part(sampleSizes.small)),
      large: storeVersion(bucket, part(sampleSizes.large)),
    },
    order,
  };
  writeFileSync(join(directory, 'dataset.json'), JSON.stringify(dataset));
}

/** The entries that a split of this size names; the second shares half of its files with the first. */
export function splitOf(version: Version, order: readonly number[], size: number, which: 'first' | 'second'): Entry[] {
  const start = which === 'first' ? 0 : Math.floor(size / 2);
  return order.slice(start, start + size).map((number) => version.entries[number] as Entry);
}

function pathOf(number: number): string {
  return `${String(number % folders).padStart(3, '0')}/${String(number).padStart(6, '0')}.bin`;
}

function storeObject(bucket: string, bytes: Uint8Array | string, suffix = ''): string {
  const oid = createHash('md5').update(bytes).digest('hex') + suffix;
  const folder = join(bucket, 'files', 'md5', oid.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, oid.slice(2)), bytes);
  return oid;
}

/** Stores the `.dir` object as DVC writes it: Python's `json.dumps(…, sort_keys=True)`, sorted by path. */
function storeVersion(bucket: string, entries: readonly Entry[]): Version {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  const list = sorted.map(({ md5, path }) => `{"md5": "${md5}", "relpath": "${path}"}`);
  return { oid: storeObject(bucket, `[${list.join(', ')}]`, '.dir'), entries };
}
