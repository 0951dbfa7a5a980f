/** The volume's own object cache: what is in it needs no second download, and nothing gets in that was not hashed. */
import { link, lstat, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeLayout } from '../dataset/layout.ts';
import { hasCode } from './failure.ts';
import { md5OfFile } from './hashing.ts';
import type { Log } from './log.ts';
import { forEachParallel, volumeParallelism } from './parallel.ts';
import { makeFolder } from './volume.ts';

/** What a look into the cache found, by object id. */
export interface CachedObjects {
  sound: Set<string>;
  /** There, but with other bytes than their name says. */
  damaged: Set<string>;
}

/**
 * Looks up objects and reads each that is there: its presence alone proves nothing after a node lost power, or after
 * somebody's pod wrote into the volume.
 */
export async function findCachedObjects(
  layout: VolumeLayout,
  oids: Iterable<string>,
  signal: AbortSignal,
): Promise<CachedObjects> {
  const found: CachedObjects = { sound: new Set(), damaged: new Set() };
  await forEachParallel(oids, volumeParallelism, signal, async (oid) => {
    try {
      const sound = (await md5OfFile(layout.object(oid))) === oid.slice(0, 32); // without `.dir`
      (sound ? found.sound : found.damaged).add(oid);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      if (!hasCode(error, 'EACCES', 'EPERM', 'EISDIR')) throw error;
      found.damaged.add(oid); // not for us to read, so not for us to use
    }
  });
  return found;
}

/** Puts finished, hashed files into the cache. */
export interface ObjectCache {
  /** Links the file at `path`, which must be complete and closed, as the object `oid`. */
  keep(path: string, oid: string, bytes: number): Promise<void>;
  /** Links the object or any finished file at `source` to `path`; false where the file system refuses and a copy is needed. */
  link(source: string, path: string): Promise<boolean>;
}

/** EFS allows 177 links, protected_hardlinks refuses another user's file, and some file systems know no links. */
const linkRefusals = ['EMLINK', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'];

/** `staging` is this process's own folder; `damaged` objects are replaced. */
export function objectCache(
  layout: VolumeLayout,
  staging: string,
  damaged: ReadonlySet<string>,
  log: Log,
): ObjectCache {
  let told = false;
  const tryLink = async (source: string, path: string) => {
    try {
      await link(source, path);
      return true;
    } catch (error) {
      if (!hasCode(error, ...linkRefusals)) throw error;
      if (!told) log.info({ code: error.code }, 'the volume refuses a hard link, so such files are copied');
      told = true;
      return false;
    }
  };
  return {
    link: tryLink,
    async keep(path, oid, bytes) {
      const object = layout.object(oid);
      await makeFolder(dirname(object));
      try {
        await tryLink(path, object);
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
        // Another fetcher was first, with the same bytes; or what is there is wrong and gets replaced in one step.
        const there = await lstat(object);
        if (there.isFile() && there.size === bytes && !damaged.has(oid)) return;
        const beside = join(staging, `object-${oid}`);
        if (await tryLink(path, beside)) await rename(beside, object);
      }
    },
  };
}
