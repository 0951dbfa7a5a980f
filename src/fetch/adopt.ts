/** Takes over a complete tree whose fetcher was killed between publishing it and saying so, or whose pointer was lost. */
import type { VolumeLayout } from '../dataset/layout.ts';
import { companionFiles } from './companion-files.ts';
import { hasCode } from './failure.ts';
import type { FetchOptions } from './options.ts';
import { sampleOf } from './published.ts';
import type { SampledFile } from './state.ts';
import { checkTree, readCachedDirObject, readProvenance, type TreeProvenance } from './tree-check.ts';

/** A tree that was read whole and found right. */
export interface AdoptedTree {
  provenance: TreeProvenance;
  sample: SampledFile[];
}

/** The tree under this key if every byte of its data is right, else null. */
export async function adoptTree(
  layout: VolumeLayout,
  { key, directories, reference }: Pick<FetchOptions, 'key' | 'directories' | 'reference'>,
  signal: AbortSignal,
): Promise<AdoptedTree | null> {
  const tree = layout.tree(key);
  const provenance = await readProvenance(tree, key);
  const listed = provenance && (await readCachedDirObject(layout, provenance.oid));
  if (!listed) return null;
  const { wrong, sizes } = await checkTree(tree, directories, listed.entries, signal);
  if (wrong.length > 0) return null;
  try {
    const companions = companionFiles(directories, reference.split);
    return { provenance, sample: await sampleOf(tree, companions, listed.entries, sizes, directories) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
