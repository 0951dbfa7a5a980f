/** Brings a published tree back to what it must be, in steps that a container which is reading it doesn't notice. */
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { provenanceFile, splitFile } from '../../dataset/provenance.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { readRegularFile } from '../files/read-regular.ts';
import type { StepContext } from '../report/log.ts';
import { claimFolder, moveAside, replaceFile } from '../volume/replace.ts';
import { checkTree } from './check.ts';
import { readFacts } from './provenance.ts';
import { pathInTree, type TreeShape } from './shape.ts';
import { writeSplitFile } from './write.ts';

/** A complete tree directly below a process's own staging folder: what is wrong in a published one is replaced by its files. */
export interface SoundTree extends TreeShape {
  path: string;
  key: string;
}

/**
 * Repairs the tree `target` from `tree`: what is sound stays, each wrong file is replaced in one step, and what doesn't
 * belong there goes into staging, beside `tree`.
 */
export async function repairTree(target: string, tree: SoundTree, { signal, log }: StepContext): Promise<void> {
  const staging = dirname(tree.path);
  const { wrong, wrongCompanions, listIsRight, missing, extraneous } = await checkTree(target, tree, signal);
  const damaged = wrong.length + wrongCompanions.length;
  if (damaged > 0) log.warn({ files: damaged }, 'the published tree is damaged and is repaired');
  for (const folder of missing) await claimFolder(join(target, folder));
  await removeExtraneous(target, extraneous, staging, { signal, log });
  await forEachParallel(wrong, volumeParallelism, signal, async ({ relpath }) => {
    const path = pathInTree(tree, relpath);
    await replaceFile(join(tree.path, path), join(target, path), staging);
  });
  for (const path of tree.companions) await replaceIfOther(join(tree.path, path), join(target, path), staging);
  if (!listIsRight) await replaceFile(join(tree.path, splitFile), join(target, splitFile), staging);
  const [ours, theirs] = await Promise.all([tree.path, target].map(readFacts));
  if (!isDeepStrictEqual(ours, theirs)) {
    await replaceFile(join(tree.path, provenanceFile), join(target, provenanceFile), staging);
  }
}

/** Takes names that the dataset doesn't have out of a published tree: training code lists folders and would use them. */
export async function removeExtraneous(
  tree: string,
  names: readonly string[],
  staging: string,
  { signal, log }: StepContext,
): Promise<void> {
  const [first] = names;
  if (first === undefined) return;
  log.warn({ names: names.length, first }, "the published tree has files that are not the dataset's; they are removed");
  await forEachParallel(names, volumeParallelism, signal, (path) => moveAside(join(tree, path), staging));
}

/** Writes the list of its files into a published tree that has none: those of older versions, and one that lost it. */
export async function addSplitFile(
  tree: string,
  { groups }: Pick<TreeShape, 'groups'>,
  staging: string,
): Promise<void> {
  await writeSplitFile(staging, groups);
  await replaceFile(join(staging, splitFile), join(tree, splitFile), staging);
}

async function replaceIfOther(ours: string, theirs: string, staging: string): Promise<void> {
  const wanted = await readRegularFile(ours, Number.POSITIVE_INFINITY);
  if (wanted === null) throw new Error(`${ours} is not in the tree that was just written`);
  const there = await readRegularFile(theirs, wanted.length);
  if (!there?.equals(wanted)) await replaceFile(ours, theirs, staging);
}
