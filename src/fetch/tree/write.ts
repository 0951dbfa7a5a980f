/** Writes the unpublished tree: every file hashed on its way, or linked from an object that was found sound, and never touched again. */
import { chmod, lstat, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { provenanceFile, splitFile } from '../../dataset/provenance.ts';
import { clipped } from '../../text.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { withPath } from '../failure/system-error.ts';
import { fileMode, folderMode } from '../files/modes.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { writeNewFile } from '../files/write-new.ts';
import { copyFile, copyFromScratch, type WantedObject } from '../objects/copy.ts';
import type { ObjectCache } from '../volume/object-cache.ts';
import { type FileGroup, splitFilePieces, type TreeShape, treeFolders } from './shape.ts';

/** What a tree is made of, and where. */
export interface TreeContent extends TreeShape {
  /** The tree's folder, which does not exist yet. */
  path: string;
  /** What the companions hold, by their paths in the tree. */
  files: ReadonlyMap<string, Buffer>;
}

/** Length in bytes by md5. */
export type Sizes = ReadonlyMap<string, number>;

/** A group's files under way. Its objects may be written in any order and in several goes. */
export interface TreeWriter {
  /**
   * Writes all files that these objects are, and puts each into the cache as soon as it is complete, so that a run
   * that is killed loses none. `sourceOf` gives an object's file on scratch; `signal` ends it.
   * @throws {FetchFailure} `dataset` where an object's bytes don't match its hash
   */
  write(entries: Iterable<DirEntry>, sourceOf: (entry: DirEntry) => string, signal: AbortSignal): Promise<void>;
  /** As `write`, for one object whose bytes were hashed as they arrived. */
  writeBytes(entry: DirEntry, bytes: Buffer): Promise<void>;
  /** Writes all files that these objects are; the cache has them, and they were read and found sound. */
  link(oids: Iterable<string>, signal: AbortSignal): Promise<void>;
  /** Of everything written so far. */
  readonly sizes: Sizes;
}

/**
 * Makes the tree with its folders and the small files beside the data; its provenance comes last, by `writeProvenance`.
 * @throws {FetchFailure} `dataset` where a path is longer than the system's
 */
export async function startTree({ path: tree, files, ...shape }: TreeContent, signal: AbortSignal): Promise<void> {
  for (const { entries } of shape.groups) requireShortPaths(join(tree, shape.base), entries);
  // Never recursively: if somebody takes our staging away (two leaders), everything after must fail instead of growing
  // a second, partial tree under the old name.
  await makeFolders(tree, treeFolders(shape), signal);
  await forEachParallel(files, volumeParallelism, signal, ([path, bytes]) => writeSmallFile(join(tree, path), bytes));
  await writeSplitFile(tree, shape.groups);
}

/** Where a group's files go: into a tree that was started, and into the volume's cache of their kind. */
export interface GroupTarget {
  /** The folder that the files' paths are relative to. */
  folder: string;
  cache: ObjectCache;
  /** Told the length of each file of the dataset as it is written. */
  onFile(bytes: number): void;
}

/** Writes the files of one group; `signal` ends what copies duplicates. */
export function groupWriter(
  { entries, objectNaming }: FileGroup,
  { folder, cache, onFile }: GroupTarget,
  signal: AbortSignal,
): TreeWriter {
  const pathsOf = byObject(entries);
  const sizes = new Map<string, number>();
  const writeDuplicates = async (first: string, md5: string, duplicates: readonly string[], bytes: number) => {
    sizes.set(md5, bytes);
    onFile(bytes);
    for (const relpath of duplicates) {
      const path = join(folder, relpath);
      if (!(await cache.link(first, path))) await copyFile(first, path, { md5, relpath, objectNaming }, signal);
      onFile(bytes);
    }
  };
  return {
    sizes,
    async write(shard, sourceOf, ended) {
      await forEachParallel(shard, volumeParallelism, ended, async (entry) => {
        const [relpath = '', ...duplicates] = pathsOf.get(entry.md5) ?? [];
        const path = join(folder, relpath);
        const bytes = await copyFromScratch(sourceOf(entry), path, { md5: entry.md5, relpath, objectNaming }, ended);
        await cache.keep(path, entry.md5, bytes);
        await writeDuplicates(path, entry.md5, duplicates, bytes);
      });
    },
    async writeBytes({ md5 }, bytes) {
      const [relpath = '', ...duplicates] = pathsOf.get(md5) ?? [];
      const path = join(folder, relpath);
      await writeNewFile(path, bytes, fileMode);
      await cache.keep(path, md5, bytes.length);
      await writeDuplicates(path, md5, duplicates, bytes.length);
    },
    async link(oids, ended) {
      await forEachParallel(oids, volumeParallelism, ended, async (md5) => {
        const [relpath = '', ...duplicates] = pathsOf.get(md5) ?? [];
        const path = join(folder, relpath);
        const bytes = await linkOrCopy(cache, path, { md5, relpath, objectNaming }, ended);
        await writeDuplicates(path, md5, duplicates, bytes);
      });
    },
  };
}

/** In bytes; Linux counts the NUL at the end as another. */
const longestPath = 4095;

/** Before anything is made: one path of two thousand folders may be too long only at its last ones. */
function requireShortPaths(data: string, entries: readonly DirEntry[]): void {
  for (const { relpath } of entries) {
    if (data.length + 1 + 3 * relpath.length <= longestPath) continue; // a UTF-16 unit has at most three bytes
    const bytes = Buffer.byteLength(join(data, relpath));
    if (bytes <= longestPath) continue;
    throw new FetchFailure(
      'dataset',
      `the dataset's file ${JSON.stringify(clipped(relpath, 100))} would have a path of ${bytes} bytes on the volume, and at most ${longestPath} are possible: give it a shorter one, dvc add it again and use that commit`,
    );
  }
}

/** Writes the provenance, a tree's last file. */
export async function writeProvenance(tree: string, provenance: object): Promise<void> {
  await writeSmallFile(join(tree, provenanceFile), Buffer.from(`${JSON.stringify(provenance, null, 2)}\n`));
}

/** Writes `split.txt`, the list of the files of these groups, into a folder that has none. */
export async function writeSplitFile(folder: string, groups: readonly FileGroup[]): Promise<void> {
  const path = join(folder, splitFile);
  const file = await open(path, 'wx', fileMode);
  try {
    for (const piece of splitFilePieces(groups)) await withPath(path, () => file.appendFile(piece));
  } finally {
    await withPath(path, () => file.close()); // network file systems report a full disk as late as here
  }
}

/** Writes a new file with the shared mode, which the process's umask leaves as it is. */
export async function writeSmallFile(path: string, bytes: Buffer): Promise<void> {
  await writeNewFile(path, bytes, fileMode);
}

async function linkOrCopy(
  cache: ObjectCache,
  path: string,
  wanted: WantedObject,
  signal: AbortSignal,
): Promise<number> {
  const object = cache.path(wanted.md5);
  if (await cache.link(object, path)) return (await lstat(path)).size;
  return copyFile(object, path, wanted, signal);
}

/** Level by level, many at once: each one takes a network file system some milliseconds. */
async function makeFolders(tree: string, levels: readonly string[][], signal: AbortSignal): Promise<void> {
  await mkdir(tree, folderMode);
  await chmod(tree, folderMode); // mkdir never sets the group bit
  // Below it the bit is inherited, as NFS, EFS and every local file system do; where it is not, we set it.
  let inherited: boolean | undefined;
  for (const level of levels) {
    await forEachParallel(level, volumeParallelism, signal, async (folder) => {
      const path = join(tree, folder);
      await mkdir(path, folderMode);
      inherited ??= ((await lstat(path)).mode & 0o7777) === folderMode;
      if (!inherited) await chmod(path, folderMode);
    });
  }
}

function byObject(entries: readonly DirEntry[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { md5, relpath } of entries) {
    const group = groups.get(md5);
    if (group) group.push(relpath);
    else groups.set(md5, [relpath]);
  }
  return groups;
}
