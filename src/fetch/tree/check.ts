/** Is a tree what it should be? Asked of trees that this process has not written itself, or wrote long ago. */
import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { isDamage } from '../failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { hashOfFile } from '../objects/hash.ts';
import type { TreeShape } from './shape.ts';
import { surveyTree, type TreeSurvey } from './survey.ts';
import type { Sizes } from './write.ts';

/** What is not as it must be. Nothing is where `wrong`, `wrongCompanions`, `missing` and `extraneous` are empty. */
export interface TreeCheck extends TreeSurvey {
  /** Entries that are absent, or something else than a file, or have other bytes. */
  wrong: DirEntry[];
  /** Companions that are absent, or something else than a file; what is in them isn't known here. */
  wrongCompanions: string[];
  /** Of the entries that are right. */
  sizes: Sizes;
}

/** Reads every file of a tree; `onFile` is told the length of each that lies in its place. */
export async function checkTree(
  tree: string,
  shape: TreeShape,
  signal: AbortSignal,
  onFile: (bytes: number) => void = () => {},
): Promise<TreeCheck> {
  const { dataDir } = shape.directories;
  const survey = await surveyTree(tree, shape, signal);
  const wrong: DirEntry[] = [];
  const sizes = new Map<string, number>();
  await forEachParallel(shape.entries, volumeParallelism, signal, async (entry) => {
    const { md5 } = entry;
    const path = `${dataDir}/${entry.relpath}`;
    const bytes = await sizeInPlace(tree, path, survey);
    if (bytes !== null && (await hasHash(join(tree, path), md5, shape.objectNaming, signal))) sizes.set(md5, bytes);
    else wrong.push(entry);
    onFile(bytes ?? 0);
  });
  const wrongCompanions: string[] = [];
  for (const path of shape.companions) {
    if ((await sizeInPlace(tree, path, survey)) === null) wrongCompanions.push(path);
  }
  return { ...survey, wrong, wrongCompanions, sizes };
}

/** The length of a regular file that lies in real folders, else null. */
async function sizeInPlace(tree: string, path: string, { missing }: TreeSurvey): Promise<number | null> {
  if (missing.has(posix.dirname(path))) return null;
  try {
    const found = await lstat(join(tree, path));
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

async function hasHash(path: string, hash: string, objectNaming: ObjectNaming, signal: AbortSignal): Promise<boolean> {
  try {
    return (await hashOfFile(path, objectNaming, signal)).hash === hash;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
