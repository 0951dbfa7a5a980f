/** What must be on the volume once a dataset is published, known from the files that the dataset was made of. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Directories } from '../../src/dataset/directories.ts';
import { datasetKey } from '../../src/dataset/key.ts';
import { provenanceFile } from '../../src/dataset/provenance.ts';
import { parseReference } from '../../src/dataset/reference.ts';
import { everyFile } from '../../src/dataset/split.ts';

/** A file's content, by what can be seen of it. */
export interface Content {
  md5: string;
  bytes: number;
}

/** One dataset: how it is asked for, and the tree that it must become. Plain data, as a worker is told of it too. */
export interface Wanted {
  /** For people: the commit and the split. */
  name: string;
  reference: string;
  key: string;
  /** Every file of the tree by its path; null where the content differs from run to run. */
  tree: ReadonlyMap<string, Content | null>;
}

/** A commit that is served: its data by path in the data directory, and its lists. */
export interface Commit {
  name: string;
  url: string;
  sha: string;
  files: ReadonlyMap<string, Buffer>;
  splits: Readonly<Record<string, readonly string[]>>;
  workTree: string;
}

const directories: Directories = { dataDir: 'data', splitDir: 'data-split' };

/** What a fetch of this split of the commit must publish. Call it while the work tree is at that commit. */
export function wantedTree(commit: Commit, split: string): Wanted {
  const reference = `${commit.url}@${commit.sha}:${split}`;
  const paths = split === everyFile ? [...commit.files.keys()] : (commit.splits[split] ?? []);
  const tree = new Map<string, Content | null>();
  for (const path of paths) tree.set(`data/${path}`, contentOf(commit.files.get(path) ?? absent(path)));
  tree.set('data.dvc', contentOf(readFileSync(join(commit.workTree, 'data.dvc'))));
  if (split !== everyFile) tree.set(`data-split/${split}`, contentOf(Buffer.from(`${paths.join('\n')}\n`)));
  tree.set('split.txt', contentOf(Buffer.from(`${paths.toSorted().join('\n')}\n`)));
  tree.set(provenanceFile, null);
  const key = datasetKey(parseReference(reference, { schemes: ['file'], aliases: {} }), directories);
  return { name: `${commit.name}:${split}`, reference, key, tree };
}

function contentOf(bytes: Buffer): Content {
  return { md5: createHash('md5').update(bytes).digest('hex'), bytes: bytes.length };
}

function absent(path: string): never {
  throw new Error(`a list names ${path}, which the dataset lacks`);
}
