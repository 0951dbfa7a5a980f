/** The volume's own object cache: what is in it needs no second download, and nothing gets in that was not hashed. */
import { link, lstat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { VolumeLayout } from '../../dataset/layout.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { hasCode } from '../failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { copyFile } from '../objects/copy.ts';
import type { Log } from '../report/log.ts';
import { claimFolder, replaceFile } from './replace.ts';

/** Where this volume keeps an object. */
export function cachedObjectPath(layout: VolumeLayout, objectNaming: ObjectNaming, oid: string): string {
  return join(layout.cache, objectNaming.path(oid));
}

/** Puts finished, hashed files into the cache. */
export interface ObjectCache {
  /** Makes the folders that these objects will lie in: many at once, and while there is nothing else to wait for. */
  prepare(oids: Iterable<string>, signal: AbortSignal): Promise<void>;
  /**
   * Links the file at `path`, which must be complete and closed, as the object `oid`; copies it where the file system
   * refuses, as what isn't in the cache is downloaded by every further fetch.
   */
  keep(path: string, oid: string, bytes: number): Promise<void>;
  /** Links the object or any finished file at `source` to `path`; false where the file system refuses and a copy is needed. */
  link(source: string, path: string): Promise<boolean>;
  /** Where the cache has an object. */
  path(oid: string): string;
}

/** EFS allows 177 links, protected_hardlinks refuses another user's file, and some file systems know no links. */
const linkRefusals = ['EMLINK', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'];

/** What a cache is for. */
interface CacheOf {
  /** All of its objects have it. */
  objectNaming: ObjectNaming;
  /** This process's own folder. */
  staging: string;
  /** Ids of objects that are there with other bytes; they are replaced. */
  damaged: ReadonlySet<string>;
  /** Told the code of each refusal of a hard link. */
  onRefusal(code: string): void;
}

/** Says once what happens then, for all caches of a fetch. */
export function refusalLog(log: Log): (code: string) => void {
  let logged = false;
  return (code) => {
    if (!logged) log.info({ code }, 'the volume refuses a hard link, so such files are copied');
    logged = true;
  };
}

/** `fetching` ends what copies. */
export function objectCache(
  layout: VolumeLayout,
  { objectNaming, staging, damaged, onRefusal }: CacheOf,
  fetching: AbortSignal,
): ObjectCache {
  const made = new Map<string, Promise<void>>();
  const pathOf = (oid: string) => cachedObjectPath(layout, objectNaming, oid);
  const makeOnce = (folder: string) => {
    const making = made.get(folder) ?? claimFolder(folder);
    made.set(folder, making);
    return making;
  };
  const tryLink = async (source: string, path: string) => {
    try {
      await link(source, path);
      return true;
    } catch (error) {
      if (!hasCode(error, ...linkRefusals)) throw error;
      onRefusal(error.code ?? '');
      return false;
    }
  };
  return {
    path: pathOf,
    link: tryLink,
    async prepare(oids, signal) {
      const folders = new Set<string>();
      for (const oid of oids) folders.add(dirname(pathOf(oid)));
      await forEachParallel(folders, volumeParallelism, signal, makeOnce);
    },
    async keep(path, oid, bytes) {
      const object = pathOf(oid);
      await makeOnce(dirname(object));
      let refused = false;
      try {
        if (await tryLink(path, object)) return;
        refused = true;
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
        // Another fetcher was first, with the same bytes; or what is there is wrong and gets replaced in one step.
        const there = await lstat(object);
        if (there.isFile() && there.size === bytes && !damaged.has(oid)) return;
      }
      const beside = join(staging, `object-${oid}`);
      if (refused || !(await tryLink(path, beside))) {
        // Hashed on its way, as everything is that gets in.
        const wanted = { md5: oid.slice(0, 32), relpath: relative(staging, path), objectNaming };
        await copyFile(path, beside, wanted, fetching);
      }
      await replaceFile(beside, object, staging);
    },
  };
}
