/** The shared volume's folders, and what is said where this user can't write there. */
import { chmod, type FileHandle, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { hasCode, isAbsent, withPath } from '../failure/system-error.ts';
import { fileMode, folderMode } from '../files/modes.ts';

/** Makes the layout's folders that are absent. @throws {FetchFailure} `io` where this user can't */
export async function makeVolumeFolders(layout: VolumeLayout): Promise<void> {
  try {
    const cacheFolders = [layout.cache, join(layout.cache, 'files'), join(layout.cache, 'files', 'md5')];
    for (const folder of [layout.states, layout.staging, layout.trees, layout.datasets, ...cacheFolders]) {
      await makeFolder(folder);
    }
  } catch (error) {
    throw (await notWritable(layout.root, error)) ?? error;
  }
}

/**
 * Makes a folder that others may be making too; its parent must exist. True if we made it.
 * @throws {FetchFailure} `io` where something else has the name: a link is not followed, as it could lead anywhere
 */
export async function makeFolder(path: string): Promise<boolean> {
  if (await tryMakeFolder(path)) return true;
  if (await isRealFolder(path)) return false;
  throw new FetchFailure(
    'io',
    `${path} on the volume is no folder but must be one: move it away and run the fetch again`,
  );
}

/** As `makeFolder`, but false where anything has the name. */
export async function tryMakeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await chmod(path, folderMode); // by hand, as the umask took bits away; and only on our own
  return true;
}

/** True for a folder that is there itself, and not by a link. */
export async function isRealFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Asks of folders, relative to `root`, whether each and every one above it is real; asks the volume once for each. */
export function realFolders(root: string): (folder: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  const isReal = (folder: string): Promise<boolean> => {
    if (folder === '.') return Promise.resolve(true);
    const answer =
      known.get(folder) ?? isReal(dirname(folder)).then((above) => above && isRealFolder(join(root, folder)));
    known.set(folder, answer);
    return answer;
  };
  return isReal;
}

/**
 * Gives a file the shared mode if it is our own; never touches another user's. Where the volume is mounted read-only
 * the mode stays: whoever may write there next sets it.
 */
export async function shareFile(path: string, file: FileHandle): Promise<void> {
  const { uid, mode } = await withPath(path, () => file.stat());
  if (uid !== process.geteuid?.() || (mode & 0o777) === fileMode) return;
  try {
    await withPath(path, () => file.chmod(fileMode));
  } catch (error) {
    if (!hasCode(error, 'EROFS')) throw error;
  }
}

/**
 * The failure for an error that says that this user can't write in `folder`, or that there is none; undefined for any other.
 * It says what to do, as a fresh EFS root belongs to root and nobody expects that.
 */
export async function notWritable(folder: string, error: unknown): Promise<FetchFailure | undefined> {
  if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
    return new FetchFailure('io', `there is no volume at ${folder}: mount the shared claim there`, { cause: error });
  }
  if (!hasCode(error, 'EACCES', 'EPERM')) return undefined;
  const found = await stat(folder).catch(() => null);
  const owner = found
    ? `it belongs to ${found.uid}:${found.gid} with mode ${(found.mode & 0o7777).toString(8)}`
    : 'it is closed';
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
  return new FetchFailure(
    'io',
    `the volume's folder ${folder} is not writable for UID ${uid}, GID ${gid}: ${owner}. On EFS use an access point with ` +
      `posixUser ${uid}:${gid} and creationInfo permissions 0775; elsewhere let an admin chown the folder to ${uid}:${gid} or chmod it 2775 for that group`,
    { cause: error },
  );
}
