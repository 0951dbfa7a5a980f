/** What a tree must consist of: its files of data, and the small files beside them. */
import { posix } from 'node:path';
import type { Directories } from '../../dataset/directories.ts';
import { foldersAbove } from '../../dataset/folders.ts';
import { provenanceFile, splitFile } from '../../dataset/provenance.ts';
import type { Reference } from '../../dataset/reference.ts';
import { parseSplit } from '../../dataset/split.ts';
import { clipped } from '../../text.ts';
import { type DirEntry, foldersOf } from '../dvc-format/dir-object.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { compareCodePoints } from '../dvc-format/python-json.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { byDepth } from './depth.ts';

/** Files whose objects are named alike; their paths are relative to the tree's `base`. */
export interface FileGroup {
  objectNaming: ObjectNaming;
  entries: readonly DirEntry[];
}

/** Files of which is known how long each is. */
export interface SizedGroup extends FileGroup {
  /** Length in bytes by md5. */
  sizes: ReadonlyMap<string, number>;
}

/** The tree's provenance is there beside these. */
export interface TreeShape {
  /** The folder of the tree, as of the repository, that the entries' paths are relative to; `.` is the tree itself. */
  base: string;
  /** No path is in two of them. */
  groups: readonly FileGroup[];
  /** The commit's own small files beside the data, relative to the tree: the metadata, and the list where the split is one. */
  companions: readonly string[];
}

/**
 * The shape of a tree with these files of data and those `small` files of the commit. One of those that the data has too
 * is the data's: DVC can track the list itself, or a folder with metadata in it.
 * @throws {FetchFailure} `dataset` where a small file and a folder of the data would have the same path, or one has the name of ours
 */
export function treeShape({
  base,
  groups,
  small,
}: Omit<TreeShape, 'companions'> & { small: readonly string[] }): TreeShape {
  const companions = new Set(small);
  for (const folder of [base, ...foldersAbove(base)])
    if (companions.has(folder) || ours.has(folder)) throw clash(folder);
  for (const path of small) {
    if (ours.has(path)) throw reserved("commit's", path);
    for (const folder of foldersAbove(path)) if (ours.has(folder)) throw reserved("commit's folder", folder);
  }
  const prefix = pathInTree({ base }, '');
  const near = new Set([...small, ...ours].filter((path) => path.startsWith(prefix)));
  // A dataset has millions of files, and mostly none of them can meet one of the small ones.
  if (near.size > 0) for (const path of meetings(near, { base, groups })) companions.delete(path);
  return { base, groups, companions: [...companions] };
}

/** Those of the small files that are files of the data too. */
function meetings(small: ReadonlySet<string>, { base, groups }: Pick<TreeShape, 'base' | 'groups'>): string[] {
  const above = new Set([...small].flatMap(foldersAbove));
  const met: string[] = [];
  for (const { entries } of groups) {
    for (const { relpath } of entries) {
      const path = pathInTree({ base }, relpath);
      if (above.has(path)) throw clash(path);
      if (ours.has(path)) throw reserved("dataset's", path);
      if (small.has(path)) met.push(path);
    }
    for (const folder of foldersOf(entries, base === '.' ? '' : base)) if (small.has(folder)) throw clash(folder);
  }
  return met;
}

/** The list that a split names, where it is one: a file of the commit, at its own path. */
export function committedList({ splitDir }: Directories, reference: Pick<Reference, 'split'>): string[] {
  const split = parseSplit(reference.split);
  return split.kind === 'list' ? [posix.join(splitDir, split.path)] : [];
}

/** A file's path in the tree. */
export function pathInTree({ base }: Pick<TreeShape, 'base'>, relpath: string): string {
  return base === '.' ? relpath : `${base}/${relpath}`;
}

/** All files of all groups, sorted as DVC sorts, however they are grouped. */
export function allEntries(groups: readonly FileGroup[]): readonly DirEntry[] {
  const [first, second] = groups;
  if (!second) return first?.entries ?? [];
  return groups.flatMap(({ entries }) => entries).sort((a, b) => compareCodePoints(a.relpath, b.relpath));
}

/** The content of `split.txt`, in pieces, as a list of millions of files fills no string. */
export function* splitFilePieces(groups: readonly FileGroup[]): Generator<Buffer> {
  const perPiece = 10_000;
  const entries = allEntries(groups);
  for (let at = 0; at < entries.length; at += perPiece) {
    const lines = entries.slice(at, at + perPiece).map(({ relpath }) => `${relpath}\n`);
    yield Buffer.from(lines.join(''));
  }
}

/** All small files but the provenance, by their paths in the tree. */
export function smallFiles({ companions }: Pick<TreeShape, 'companions'>): string[] {
  return [...companions, splitFile];
}

/** At the root of every tree. */
const ours: ReadonlySet<string> = new Set([provenanceFile, splitFile]);

function clash(path: string): FetchFailure {
  return new FetchFailure(
    'dataset',
    `${JSON.stringify(clipped(path, 200))} would be both a file and a folder: git has one of them and DVC the other; rename one and use that commit`,
  );
}

function reserved(whose: string, path: string): FetchFailure {
  return new FetchFailure(
    'dataset',
    `the ${whose} ${path} has the name of a file that is published beside the data: rename it, or name a folder of the repository by dvc.io/data-dir`,
  );
}

/** Every folder below the tree, relative to it, those of one depth together. */
export function treeFolders({ base, groups, companions }: TreeShape): string[][] {
  const folders = new Set<string>();
  const add = (folder: string) => {
    if (folder === '.' || folders.has(folder)) return;
    add(posix.dirname(folder));
    folders.add(folder);
  };
  add(base);
  for (const path of companions) add(posix.dirname(path));
  const root = base === '.' ? '' : base;
  for (const { entries } of groups) for (const folder of foldersOf(entries, root)) folders.add(folder);
  return byDepth(folders);
}
