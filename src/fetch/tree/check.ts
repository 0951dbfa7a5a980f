/** Is a tree what it should be? Asked of trees that this process has not written itself, or wrote long ago. */
import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { z } from 'zod';
import { provenanceFile } from '../../dataset/directories.ts';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { type DirEntry, dirObjectLimits, parseDirObject } from '../dvc-format/dir-object.ts';
import { type ObjectNaming, objectNamingOf } from '../dvc-format/object-naming.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { isDamage } from '../failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { readRegularFile } from '../files/read-regular.ts';
import { hashOf, hashOfFile } from '../objects/hash.ts';
import { cachedObjectPath } from '../volume/object-cache.ts';
import { surveyTree, type TreeShape, type TreeSurvey } from './survey.ts';
import type { Sizes } from './write.ts';

const provenanceSchema = z.object({
  key: z.string(),
  repository: z.string(),
  hash: z.enum(['md5', 'md5-dos2unix']),
  oid: z.string().regex(/^[0-9a-f]{32}\.dir$/),
  files: z.int(),
  bytes: z.number(),
});

/** The part of a tree's provenance that the fetch itself reads. */
export type TreeProvenance = z.output<typeof provenanceSchema>;

/** Larger, in bytes, is no provenance that this program wrote. */
const provenanceLimit = 1024 * 1024;

/** The provenance of a tree, or null where there is no complete tree for this key. */
export async function readProvenance(tree: string, key: string): Promise<TreeProvenance | null> {
  const text = await readRegularFile(join(tree, provenanceFile), provenanceLimit);
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
  objectNaming: ObjectNaming,
  oid: string,
): Promise<{ bytes: Buffer; entries: DirEntry[] } | null> {
  const bytes = await readRegularFile(cachedObjectPath(layout, objectNaming, oid), dirObjectLimits.bytes);
  if (bytes === null || `${hashOf(bytes, objectNaming)}.dir` !== oid) return null;
  try {
    return { bytes, entries: parseDirObject(bytes) };
  } catch (error) {
    if (error instanceof FetchFailure) return null;
    throw error;
  }
}

/** What a tree must consist of by the list that its provenance names, or null where the volume has that list no more. */
export async function readListedFiles(
  layout: VolumeLayout,
  { hash, oid }: TreeProvenance,
): Promise<Pick<TreeShape, 'entries' | 'objectNaming'> | null> {
  const objectNaming = objectNamingOf(hash);
  const listed = await readCachedDirObject(layout, objectNaming, oid);
  return listed && { entries: listed.entries, objectNaming };
}

/** What is not as it must be. Nothing is where `wrong`, `wrongCompanions`, `lacking` and `strangers` are empty. */
export interface TreeCheck extends TreeSurvey {
  /** Entries that are absent, or something else than a file, or have other bytes. */
  wrong: DirEntry[];
  /** Companions that are absent, or something else than a file; what is in them isn't known here. */
  wrongCompanions: string[];
  /** Of the entries that are right. */
  sizes: Sizes;
}

/** Reads every file of a tree. */
export async function checkTree(tree: string, shape: TreeShape, signal: AbortSignal): Promise<TreeCheck> {
  const { dataDir } = shape.directories;
  const survey = await surveyTree(tree, shape, signal);
  const wrong: DirEntry[] = [];
  const sizes = new Map<string, number>();
  await forEachParallel(shape.entries, volumeParallelism, signal, async (entry) => {
    const { md5 } = entry;
    const path = `${dataDir}/${entry.relpath}`;
    const bytes = await sizeInPlace(tree, path, survey);
    if (bytes !== null && (await hasHash(join(tree, path), md5, shape.objectNaming))) sizes.set(md5, bytes);
    else wrong.push(entry);
  });
  const wrongCompanions: string[] = [];
  for (const path of shape.companions) {
    if ((await sizeInPlace(tree, path, survey)) === null) wrongCompanions.push(path);
  }
  return { ...survey, wrong, wrongCompanions, sizes };
}

/** The length of a regular file that lies in real folders, else null. */
async function sizeInPlace(tree: string, path: string, { lacking }: TreeSurvey): Promise<number | null> {
  if (lacking.has(posix.dirname(path))) return null;
  try {
    const found = await lstat(join(tree, path));
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

async function hasHash(path: string, hash: string, objectNaming: ObjectNaming): Promise<boolean> {
  try {
    return (await hashOfFile(path, objectNaming)) === hash;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
