/**
 * Objects whose bytes need not be read again to be believed: a commit that changed one file of a hundred then costs links,
 * and not a second reading of a terabyte.
 *
 * A fetch hashes every object, and writes its tree's `dataset.json` after the last of them. So what a published tree
 * lists was right when that file was written, and whoever writes into an object later leaves a later time on it. Both
 * times are the volume's own: no clock of a node is compared with another's.
 *
 * What this does not see: a writer that sets the time back, one that writes while that very fetch is under way, and a disk
 * that changes bytes by itself. `--verify` reads everything, and so does the repair of a damaged tree.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { provenanceFile } from '../../dataset/provenance.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { isDamage } from '../failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { readListedFiles, readProvenance, type TreeProvenance } from '../tree/provenance.ts';

/** By object id: the time, in nanoseconds as the volume counts, until which its bytes are known to be right. */
export type ProvenObjects = ReadonlyMap<string, bigint>;

/** Trees whose provenance is looked at, and those whose lists are then read: a volume may have thousands. */
const mostTrees = 512;
const mostLists = 8;

interface Tree {
  provenance: TreeProvenance;
  /** When its `dataset.json` was written. */
  provenAt: bigint;
}

/** The dataset for whose sake it is asked. */
interface Dataset {
  repository: string;
  objectNaming: ObjectNaming;
  /** How many it has. */
  objects: number;
}

/**
 * What published trees prove of the objects `asked` for. Those of the same repository are asked first, the newest before
 * others, until nothing is left to be asked.
 */
export async function findProvenObjects(
  layout: VolumeLayout,
  dataset: Dataset,
  asked: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ProvenObjects> {
  const proven = new Map<string, bigint>();
  if (asked.size === 0) return proven;
  const { repository } = dataset;
  const trees = await treesOf(layout, dataset, signal);
  const isOurs = ({ provenance }: Tree) => Number(provenance.repository === repository);
  trees.sort((one, other) => isOurs(other) - isOurs(one) || (one.provenAt < other.provenAt ? 1 : -1));
  for (const { provenance, provenAt } of trees.slice(0, mostLists)) {
    if (proven.size === asked.size) break;
    signal.throwIfAborted();
    const listed = await readListedFiles(layout, provenance);
    for (const { md5 } of listed?.entries ?? []) {
      if (asked.has(md5) && (proven.get(md5) ?? 0n) < provenAt) proven.set(md5, provenAt);
    }
  }
  return proven;
}

/** Published trees with objects of this naming, and not so many that their list would need more memory than our own. */
async function treesOf(
  layout: VolumeLayout,
  { objectNaming: { hash }, objects }: Dataset,
  signal: AbortSignal,
): Promise<Tree[]> {
  const trees: Tree[] = [];
  const keys = (await readdir(layout.trees)).filter((name) => /^[0-9a-f]{32}$/.test(name)).slice(0, mostTrees);
  await forEachParallel(keys, volumeParallelism, signal, async (key) => {
    const tree = layout.tree(key);
    try {
      const { mtimeNs } = await lstat(join(tree, provenanceFile), { bigint: true });
      const provenance = await readProvenance(tree, key);
      if (provenance?.hash !== hash || provenance.files > Math.max(200_000, 2 * objects)) return;
      trees.push({ provenance, provenAt: mtimeNs });
    } catch (error) {
      if (!isDamage(error)) throw error; // somebody is removing it
    }
  });
  return trees;
}
