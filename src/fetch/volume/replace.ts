/**
 * Makes way for what belongs on the volume. Whoever may write there can have put anything in its place, and other
 * fetchers work there at the same moment; so each step here is one that the system itself refuses where it would hit
 * the right thing: `unlink` never removes a folder, and a rename of `name/` never moves a file.
 */
import { randomBytes } from 'node:crypto';
import { rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../failure/system-error.ts';
import { isRealFolder, makeFolder, tryMakeFolder } from './folders.ts';

const dead = 'dead-';

/** A new name in staging for what nobody needs any more. */
export function deadName(): string {
  return `${dead}${randomBytes(8).toString('hex')}`;
}

/** True for a name by `deadName`. */
export function isDeadName(name: string): boolean {
  return name.startsWith(dead);
}

/** Somebody may put the obstacle back as often as we clear it away; this often we go on. */
const attempts = 5;

/**
 * Makes `path` a real folder, whatever has the name now; its parent must be one. A link there is removed and never
 * followed: it could lead anywhere.
 * @throws {FetchFailure} `io` where the obstacle comes back again and again
 */
export async function claimFolder(path: string): Promise<void> {
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    if ((await tryMakeFolder(path)) || (await isRealFolder(path))) return;
    try {
      await unlink(path);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EISDIR', 'EPERM')) throw error; // a folder by now, or nothing: look again
    }
  }
  await makeFolder(path);
}

/** Moves the file `ours` to `path`, in one step where a file or nothing is there; a folder goes into `staging` first. */
export async function replaceFile(ours: string, path: string, staging: string): Promise<void> {
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    try {
      return await rename(ours, path);
    } catch (error) {
      if (!hasCode(error, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw error;
      await moveFolderAside(path, staging);
    }
  }
  await rename(ours, path);
}

/** Moves the folder `ours` to `path` where nothing, an empty folder or no folder is; false where a filled one is there. */
export async function moveFolder(ours: string, path: string): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(ours, path);
      return true;
    } catch (error) {
      if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
      if (!hasCode(error, 'ENOTDIR') || attempt === attempts) throw error;
    }
    try {
      await unlink(path);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EISDIR', 'EPERM')) throw error;
    }
  }
}

/**
 * Moves a folder from where a file must be into `staging`, and leaves anything else where it is. It vanishes with a
 * process's own staging, or, in the folder that is everybody's, with what dead fetchers left.
 */
export async function moveFolderAside(path: string, staging: string): Promise<void> {
  try {
    await rename(`${path}/`, asidePath(staging));
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error; // no folder any more
  }
}

/** Moves whatever has this name into `staging`; nothing there is fine. */
export async function moveAside(path: string, staging: string): Promise<void> {
  try {
    await rename(path, asidePath(staging));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function asidePath(staging: string): string {
  return join(staging, deadName());
}
