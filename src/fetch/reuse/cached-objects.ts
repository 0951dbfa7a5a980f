/** Looks objects up in the volume's cache and proves those that are there: a name alone says nothing of the bytes. */
import { access, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { VolumeLayout } from '../../dataset/layout.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { isAbsent, isDamage } from '../failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { hashOfFile } from '../objects/hash.ts';
import { cachedObjectPath } from '../volume/object-cache.ts';
import type { ProvenObjects } from './proven-objects.ts';

/** What a look into the cache found, by object id. */
export interface CachedObjects {
  sound: Set<string>;
  /** There, but with other bytes than their name says, or as something else than a file. */
  damaged: Set<string>;
}

/**
 * Looks objects up. `prove` is given those that are there and returns until when each is known to have been right. One
 * that was not written to since counts as sound without reading it; any other is read and hashed, as a node may have
 * lost power while it was written, or somebody's pod may have written into the volume.
 */
export async function findCachedObjects(
  layout: VolumeLayout,
  { oids, objectNaming }: { oids: readonly string[]; objectNaming: ObjectNaming },
  prove: (present: ReadonlySet<string>) => Promise<ProvenObjects>,
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
  /** When each was last written, in nanoseconds; null where that can't be read, or it is no file. */
  const present = new Map<string, bigint | null>();
  const candidates = oids.filter((oid) => !absent.has(dirname(pathOf(oid))));
  await forEachParallel(candidates, volumeParallelism, signal, async (oid) => {
    try {
      const object = await lstat(pathOf(oid), { bigint: true });
      present.set(oid, object.isFile() ? object.mtimeNs : null);
    } catch (error) {
      if (isAbsent(error)) return;
      if (!isDamage(error)) throw error;
      present.set(oid, null);
    }
  });
  if (present.size === 0) return found;
  const proven = await prove(new Set(present.keys()));
  await forEachParallel(present, volumeParallelism, signal, async ([oid, written]) => {
    const until = proven.get(oid);
    try {
      const untouched = until !== undefined && written !== null && written <= until;
      const sound = untouched || (await hashOfFile(pathOf(oid), objectNaming)) === oid.slice(0, 32); // without `.dir`
      (sound ? found.sound : found.damaged).add(oid);
    } catch (error) {
      if (isAbsent(error)) return;
      if (!isDamage(error)) throw error;
      found.damaged.add(oid); // not for us to read, so not for us to use
    }
  });
  return found;
}
