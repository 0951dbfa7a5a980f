/**
 * Takes over a complete tree whose fetcher was killed between publishing it and saying so, or whose pointer was lost.
 *
 * What it trusts: those who may write to the volume. The tree's own provenance names the list of files, and the list
 * their hashes, so this proves that the tree is whole and not that the commit names these bytes; the small files beside
 * the data are taken as they are. Proof would need git and the remote at every such start, which then fails where they
 * are down. And it would win nothing: whoever could forge a tree can as well write into one that was just published, or forge
 * the state that a plain start believes. `--verify` adopts nothing and asks the commit.
 * So the volume is mounted writable for fetchers only, one claim per namespace, and what is damaged by accident
 * (lost power, a stray write, another type of file) is what is looked for here.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { splitFile } from '../../dataset/provenance.ts';
import { isDamage } from '../failure/system-error.ts';
import type { StepContext } from '../report/log.ts';
import { checkTree } from '../tree/check.ts';
import { sampleOf } from '../tree/find-published.ts';
import { readListedShape, readProvenance } from '../tree/provenance.ts';
import { addSplitFile, removeExtraneous } from '../tree/repair.ts';
import type { WholeTree } from '../tree/whole-tree.ts';
import type { SampledFile } from '../volume/state.ts';

/** The dataset's tree if every byte of its data is right, else null. What it has too much goes into `staging`. */
export async function adoptTree(
  layout: VolumeLayout,
  dataset: DatasetIdentity,
  staging: string,
  context: StepContext,
): Promise<WholeTree | null> {
  const found = await findTree(layout, dataset);
  if (!found) return null;
  const { tree, provenance, shape } = found;
  const check = await checkTree(tree, shape, context.signal);
  if (check.wrong.length > 0 || check.wrongCompanions.length > 0 || check.missing.size > 0) return null;
  await removeExtraneous(tree, check.extraneous, staging, context);
  if (!check.listIsRight) await addSplitFile(tree, shape, staging);
  try {
    return { provenance, sample: await sampleOf(tree, shape, check.groups) };
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

/**
 * Gives a published tree of an older version the list of its files, which that one did not write. Believes it as far as
 * every start does: by its sample. Null where there is nothing to complete, or it can't be.
 */
export async function completeTree(
  layout: VolumeLayout,
  dataset: DatasetIdentity,
  sample: readonly SampledFile[],
  staging: string,
): Promise<WholeTree | null> {
  const found = await findTree(layout, dataset);
  if (!found) return null;
  const { tree, provenance, shape } = found;
  await addSplitFile(tree, shape, staging);
  const { size } = await lstat(join(tree, splitFile));
  return { provenance, sample: [...sample, { path: splitFile, bytes: size }] };
}

async function findTree(layout: VolumeLayout, dataset: DatasetIdentity) {
  const tree = layout.tree(dataset.key);
  const provenance = await readProvenance(tree, dataset.key);
  const shape = provenance && (await readListedShape(layout, dataset, provenance));
  return shape && { tree, provenance, shape };
}
