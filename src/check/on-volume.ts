/** What of a dataset a volume has already: looked up by name and length, as to read it all is a fetch's work. */
import { existsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { DatasetIdentity } from '../dataset/identity.ts';
import type { VolumeLayout } from '../dataset/layout.ts';
import type { ObjectNaming } from '../fetch/dvc-format/object-naming.ts';
import { isDamage } from '../fetch/failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../fetch/files/parallel.ts';
import { findPublication } from '../fetch/tree/find-published.ts';
import type { TreeProvenance } from '../fetch/tree/provenance.ts';
import { cachedObjectPath } from '../fetch/volume/object-cache.ts';

/** What `dataset.json` says where the dataset is published: then a fetch asks nobody anything. */
export async function publishedOn(layout: VolumeLayout, dataset: DatasetIdentity): Promise<TreeProvenance | null> {
  // A fetch makes the state's file where there is none; whoever only looks leaves none behind.
  if (!existsSync(layout.state(dataset.key))) return null;
  const found = await findPublication(layout, dataset);
  return found.published ? found.provenance : null;
}

/** The lengths in bytes of those objects that the volume's cache has, by object id. */
export async function findOnVolume(
  layout: VolumeLayout,
  oids: Iterable<string>,
  objectNaming: ObjectNaming,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await forEachParallel(oids, volumeParallelism, signal, async (oid) => {
    try {
      const status = await lstat(cachedObjectPath(layout, objectNaming, oid));
      if (status.isFile()) found.set(oid, status.size);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  });
  return found;
}
