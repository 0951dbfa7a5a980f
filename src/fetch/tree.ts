/** Writes the unpublished tree: every file hashed as it is written, linked where the cache has it, never touched again. */
import { lstat, open } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { type Directories, provenanceFile } from '../dataset/directories.ts';
import type { VolumeLayout } from '../dataset/layout.ts';
import { type DirEntry, foldersOf } from './dir-object.ts';
import { FetchFailure } from './failure.ts';
import { copyHashing } from './hashing.ts';
import { naming } from './io-failure.ts';
import type { ObjectCache } from './object-cache.ts';
import { forEachParallel, volumeParallelism } from './parallel.ts';
import { fileMode, makeFolder } from './volume.ts';

/** What a tree is made of. */
export interface TreeContent {
  directories: Directories;
  entries: readonly DirEntry[];
  /** The repository's own `<dataDir>.dvc`, verbatim. */
  metadata: Buffer;
  /** The list, verbatim, and its path below the split directory; null for every file. */
  list: { path: string; bytes: Buffer } | null;
}

export interface TreeSources {
  layout: VolumeLayout;
  cache: ObjectCache;
  /** md5s that the volume's cache has and that were read and found sound. */
  cached: ReadonlySet<string>;
  /** The folder that DVC checked the other entries out to. */
  pulled: string;
}

/** Length in bytes by md5. */
export type Sizes = ReadonlyMap<string, number>;

/**
 * Makes `tree` with all but its provenance, and puts each new object into the cache as soon as it is complete, so that
 * a run that is killed loses none.
 * @throws {FetchFailure} `dataset` where an object's bytes don't match its hash
 */
export async function writeTree(
  tree: string,
  content: TreeContent,
  sources: TreeSources,
  signal: AbortSignal,
  onFile: (bytes: number) => void,
): Promise<Sizes> {
  const { directories, entries, metadata, list } = content;
  const data = join(tree, directories.dataDir);
  // Folder by folder and never recursively: if somebody takes our staging away (two leaders), everything after must
  // fail instead of growing a second, partial tree under the old name.
  await makeFolder(tree);
  await makeFolders(tree, [directories.dataDir]);
  for (const folder of foldersOf(entries)) {
    signal.throwIfAborted();
    await makeFolder(join(data, folder));
  }
  const sizes = new Map<string, number>();
  await forEachParallel(byObject(entries), volumeParallelism, signal, async ([md5, [first, ...twins]]) => {
    const path = join(data, first);
    const bytes = await writeObject(path, md5, first, sources);
    sizes.set(md5, bytes);
    onFile(bytes);
    for (const twin of twins) {
      if (!(await sources.cache.link(path, join(data, twin)))) await copyObject(path, join(data, twin), md5, twin);
      onFile(bytes);
    }
  });
  await writeSmallFile(join(tree, `${directories.dataDir}.dvc`), metadata);
  if (list) {
    await makeFolders(tree, [directories.splitDir, posix.join(directories.splitDir, posix.dirname(list.path))]);
    await writeSmallFile(join(tree, directories.splitDir, list.path), list.bytes);
  }
  return sizes;
}

/** Writes the provenance, a tree's last file. */
export async function writeProvenance(tree: string, provenance: object): Promise<void> {
  await writeSmallFile(join(tree, provenanceFile), Buffer.from(`${JSON.stringify(provenance, null, 2)}\n`));
}

/** Writes a new file with the shared mode. Network file systems report a full disk as late as in `close`. */
export async function writeSmallFile(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', fileMode);
  let written = false;
  try {
    await naming(path, async () => {
      await file.writeFile(bytes);
      await file.chmod(fileMode);
    });
    written = true;
  } finally {
    await closing(path, written, () => file.close());
  }
}

async function writeObject(path: string, md5: string, relpath: string, sources: TreeSources): Promise<number> {
  const object = sources.layout.object(md5);
  if (sources.cached.has(md5)) {
    if (await sources.cache.link(object, path)) return (await lstat(path)).size;
    return copyObject(object, path, md5, relpath);
  }
  const bytes = await copyObject(join(sources.pulled, relpath), path, md5, relpath);
  await sources.cache.keep(path, md5, bytes);
  return bytes;
}

async function copyObject(source: string, path: string, md5: string, relpath: string): Promise<number> {
  const file = await open(path, 'wx', fileMode);
  let result: { md5: string; bytes: number } | undefined;
  try {
    result = await copyHashing(source, file, path);
    await naming(path, () => file.chmod(fileMode));
  } finally {
    await closing(path, result !== undefined, () => file.close());
  }
  if (result.md5 === md5) return result.bytes;
  throw new FetchFailure(
    'dataset',
    `the object ${md5} of ${JSON.stringify(relpath)} is damaged: its bytes don't match its hash; run the fetch again`,
  );
}

/** Closes; an error of closing counts only where nothing went wrong before. */
async function closing(path: string, healthy: boolean, close: () => Promise<void>): Promise<void> {
  if (healthy) await naming(path, close);
  else await close().catch(() => {});
}

/** Makes each folder, relative to `tree`, and the ones it lies in. */
async function makeFolders(tree: string, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    if (folder.includes('/')) await makeFolders(tree, [dirname(folder)]);
    await makeFolder(join(tree, folder));
  }
}

function byObject(entries: readonly DirEntry[]): Map<string, [string, ...string[]]> {
  const groups = new Map<string, [string, ...string[]]>();
  for (const { md5, relpath } of entries) {
    const group = groups.get(md5);
    if (group) group.push(relpath);
    else groups.set(md5, [relpath]);
  }
  return groups;
}
