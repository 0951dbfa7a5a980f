/** Reads a `.dir` object, DVC's list of a folder's files, from the volume's cache, where an earlier fetch left it. */
import type { VolumeLayout } from '../../dataset/layout.ts';
import { type DatasetRoom, type DirEntry, dirObjectLimits, parseDirObject } from '../dvc-format/dir-object.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { readRegularFile } from '../files/read-regular.ts';
import { isObject } from '../objects/hash.ts';
import { cachedObjectPath } from './object-cache.ts';

/** A `.dir` object from the volume's cache, or null where it is not there or not what its name says. */
export async function readCachedDirObject(
  layout: VolumeLayout,
  objectNaming: ObjectNaming,
  oid: string,
  room?: DatasetRoom,
): Promise<{ bytes: Buffer; entries: DirEntry[] } | null> {
  const bytes = await readRegularFile(cachedObjectPath(layout, objectNaming, oid), dirObjectLimits.bytes);
  if (bytes === null || !isObject(bytes, oid, objectNaming)) return null;
  try {
    return { bytes, entries: parseDirObject(bytes, room) };
  } catch (error) {
    if (error instanceof FetchFailure) return null;
    throw error;
  }
}
