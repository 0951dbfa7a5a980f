/** Is a tree what it should be? Asked of trees that this process has not written itself, or wrote long ago. */
import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { splitFile } from '../../dataset/provenance.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { byContent, type ObjectNaming } from '../dvc-format/object-naming.ts';
import { isDamage } from '../failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { hashOfFile } from '../objects/hash.ts';
import { pathInTree, type SizedGroup, splitFilePieces, type TreeShape } from './shape.ts';
import { surveyTree, type TreeSurvey } from './survey.ts';

/** What is not as it must be. Nothing is where `wrong`, `wrongCompanions`, `missing` and `extraneous` are empty, and the list is right. */
export interface TreeCheck extends TreeSurvey {
  /** Entries that are absent, or something else than a file, or have other bytes. */
  wrong: DirEntry[];
  /** Companions that are absent, or something else than a file; what is in them isn't known here. */
  wrongCompanions: string[];
  /** Whether `split.txt` lists exactly the files. */
  listIsRight: boolean;
  /** The shape's, each with the sizes of its entries that are right. */
  groups: SizedGroup[];
}

/** Reads every file of a tree; `onFile` is told the length of each that lies in its place. */
export async function checkTree(
  tree: string,
  shape: TreeShape,
  signal: AbortSignal,
  onFile: (bytes: number) => void = () => {},
): Promise<TreeCheck> {
  const survey = await surveyTree(tree, shape, signal);
  const wrong: DirEntry[] = [];
  const groups: SizedGroup[] = [];
  for (const { objectNaming, entries } of shape.groups) {
    const sizes = new Map<string, number>();
    groups.push({ objectNaming, entries, sizes });
    await forEachParallel(entries, volumeParallelism, signal, async (entry) => {
      const path = pathInTree(shape, entry.relpath);
      const bytes = await sizeInPlace(tree, path, survey);
      const right = bytes !== null && (await hasHash(join(tree, path), entry.md5, objectNaming, signal));
      if (right) sizes.set(entry.md5, bytes);
      else wrong.push(entry);
      onFile(bytes ?? 0);
    });
  }
  const wrongCompanions: string[] = [];
  for (const path of shape.companions) {
    if ((await sizeInPlace(tree, path, survey)) === null) wrongCompanions.push(path);
  }
  return { ...survey, wrong, wrongCompanions, listIsRight: await hasRightList(tree, shape, signal), groups };
}

async function hasRightList(tree: string, { groups }: TreeShape, signal: AbortSignal): Promise<boolean> {
  const digest = byContent.digest();
  for (const piece of splitFilePieces(groups)) digest.update(piece);
  return hasHash(join(tree, splitFile), digest.hex(), byContent, signal);
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
