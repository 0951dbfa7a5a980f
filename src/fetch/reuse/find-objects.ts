/** Sorts a subset's objects by what the volume's cache has of them: sound, damaged, or missing and to be fetched. */
import { existsSync } from 'node:fs';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import type { VolumeLayout } from '../../dataset/layout.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { type CachedObjects, findCachedObjects } from './cached-objects.ts';
import { findProvenObjects, type ProvenObjects } from './proven-objects.ts';

/** The objects that are looked for. */
export interface RequestedObjects {
  /** The first entry of each file's object, by object id. */
  files: ReadonlyMap<string, DirEntry>;
  /** Ids of `.dir` objects. */
  lists: readonly string[];
  objectNaming: ObjectNaming;
}

/** The first entry of each object: equal files are fetched once, and the tree's writer takes them from the same entry. */
export function distinctObjects(entries: readonly DirEntry[]): Map<string, DirEntry> {
  const objects = new Map<string, DirEntry>();
  for (const entry of entries) if (!objects.has(entry.md5)) objects.set(entry.md5, entry);
  return objects;
}

/** What the cache has. With `verify`, or where a published tree turned out to be damaged, all of it is read. */
export async function findObjects(
  layout: VolumeLayout,
  { key, reference, verify }: DatasetIdentity & { verify: boolean },
  { files, lists, objectNaming }: RequestedObjects,
  signal: AbortSignal,
): Promise<CachedObjects> {
  const prove = async (present: ReadonlySet<string>): Promise<ProvenObjects> => {
    if (verify || existsSync(layout.tree(key))) return new Map();
    const asked = new Set([...present].filter((oid) => files.has(oid))); // no list of a tree names lists
    const like = { repository: reference.repository.canonical, objectNaming, objects: files.size };
    return findProvenObjects(layout, like, asked, signal);
  };
  return findCachedObjects(layout, { oids: [...files.keys(), ...lists], objectNaming }, prove, signal);
}
