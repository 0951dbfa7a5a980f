/** Looks objects up in the volume's cache and reads those that are there: neither a name nor anything else on the volume says what is in them. */
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { VolumeLayout } from '../../dataset/layout.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { isAbsent, isDamage } from '../failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { hashOfFile } from '../objects/hash.ts';
import { cachedObjectPath } from '../volume/object-cache.ts';

/** What a look into the cache found, by object id. */
export interface CachedObjects {
  sound: Set<string>;
  /** There, but with other bytes than their name says, or as something else than a file. */
  damaged: Set<string>;
}

/**
 * Looks objects up, and hashes each that is there: a node may have lost power while it was written, or somebody's pod may
 * have written into the volume. `onRead` is told the length of each.
 */
export async function findCachedObjects(
  layout: VolumeLayout,
  { oids, objectNaming }: { oids: readonly string[]; objectNaming: ObjectNaming },
  onRead: (bytes: number) => void,
  signal: AbortSignal,
): Promise<CachedObjects> {
  const found: CachedObjects = { sound: new Set(), damaged: new Set() };
  const pathOf = (oid: string) => cachedObjectPath(layout, objectNaming, oid);
  // Folder by folder first: on a fresh volume this spares a failing lookup for every object.
  const folders = new Set(oids.map((oid) => dirname(pathOf(oid))));
  const absent = new Set<string>();
  await forEachParallel(folders, volumeParallelism, signal, async (folder) => {
    try {
      await access(folder);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      absent.add(folder);
    }
  });
  const candidates = oids.filter((oid) => !absent.has(dirname(pathOf(oid))));
  await forEachParallel(candidates, volumeParallelism, signal, async (oid) => {
    try {
      const { hash, bytes } = await hashOfFile(pathOf(oid), objectNaming, signal);
      (hash === oid.slice(0, 32) ? found.sound : found.damaged).add(oid); // without `.dir`
      onRead(bytes);
    } catch (error) {
      if (isAbsent(error)) return;
      if (!isDamage(error)) throw error;
      found.damaged.add(oid); // something else than a file, or not for us to read and so not to use
    }
  });
  return found;
}
