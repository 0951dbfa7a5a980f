/** Is a tree what it should be? Asked of trees that this process has not written itself, or wrote long ago. */

import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Directories, provenanceFile } from '../dataset/directories.ts';
import type { VolumeLayout } from '../dataset/layout.ts';
import { type DirEntry, parseDirObject } from './dir-object.ts';
import { FetchFailure, hasCode } from './failure.ts';
import { md5OfFile } from './hashing.ts';
import { forEachParallel, volumeParallelism } from './parallel.ts';
import type { Sizes } from './tree.ts';

const provenanceSchema = z.object({
  key: z.string(),
  oid: z.string().regex(/^[0-9a-f]{32}\.dir$/),
  files: z.int(),
  bytes: z.number(),
});

/** The part of a tree's provenance that the fetch itself reads. */
export type TreeProvenance = z.output<typeof provenanceSchema>;

/** The provenance of a tree, or null where there is no complete tree for this key. */
export async function readProvenance(tree: string, key: string): Promise<TreeProvenance | null> {
  const text = await readOrNull(join(tree, provenanceFile));
  if (text === null) return null;
  try {
    const provenance = provenanceSchema.parse(JSON.parse(text.toString('utf8')));
    return provenance.key === key ? provenance : null;
  } catch {
    return null;
  }
}

/** A `.dir` object from the volume's cache, or null where it is not there or not what its name says. */
export async function readCachedDirObject(
  layout: VolumeLayout,
  oid: string,
): Promise<{ bytes: Buffer; entries: DirEntry[] } | null> {
  const bytes = await readOrNull(layout.object(oid));
  if (bytes === null || `${createHash('md5').update(bytes).digest('hex')}.dir` !== oid) return null;
  try {
    return { bytes, entries: parseDirObject(bytes) };
  } catch (error) {
    if (error instanceof FetchFailure) return null;
    throw error;
  }
}

/** Reads every file of a tree; gives the entries that are absent or have other bytes, and the sizes of the others. */
export async function checkTree(
  tree: string,
  { dataDir }: Directories,
  entries: readonly DirEntry[],
  signal: AbortSignal,
): Promise<{ wrong: DirEntry[]; sizes: Sizes }> {
  const wrong: DirEntry[] = [];
  const sizes = new Map<string, number>();
  await forEachParallel(entries, volumeParallelism, signal, async (entry) => {
    const path = join(tree, dataDir, entry.relpath);
    try {
      const found = await lstat(path);
      if (found.isFile() && (await md5OfFile(path)) === entry.md5) sizes.set(entry.md5, found.size);
      else wrong.push(entry);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error;
      wrong.push(entry);
    }
  });
  return { wrong, sizes };
}

async function readOrNull(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}
