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
import type { DatasetIdentity } from '../../dataset/identity.ts';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { isDamage } from '../failure/system-error.ts';
import type { StepContext } from '../report/log.ts';
import { checkTree } from '../tree/check.ts';
import { sampleOf } from '../tree/find-published.ts';
import { readListedFiles, readProvenance } from '../tree/provenance.ts';
import { removeExtraneous } from '../tree/repair.ts';
import { treeShape } from '../tree/shape.ts';
import type { WholeTree } from '../tree/whole-tree.ts';

/** The dataset's tree if every byte of its data is right, else null. What it has too much goes into `staging`. */
export async function adoptTree(
  layout: VolumeLayout,
  dataset: DatasetIdentity,
  staging: string,
  context: StepContext,
): Promise<WholeTree | null> {
  const tree = layout.tree(dataset.key);
  const provenance = await readProvenance(tree, dataset.key);
  const listed = provenance && (await readListedFiles(layout, provenance));
  if (!listed) return null;
  const shape = treeShape(dataset, listed);
  const found = await checkTree(tree, shape, context.signal);
  if (found.wrong.length > 0 || found.wrongCompanions.length > 0 || found.missing.size > 0) return null;
  await removeExtraneous(tree, found.extraneous, staging, context);
  try {
    return { provenance, sample: await sampleOf(tree, shape, found.sizes) };
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}
