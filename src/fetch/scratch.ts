/** A folder of one's own on the node-local scratch, emptied before every exit: an emptyDir outlives a container's restart. */
import { chmod, lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { FetchFailure, hasCode, isSystemError } from './failure.ts';
import { naming } from './io-failure.ts';
import { tryLock } from './lock.ts';
import type { Log } from './log.ts';
import type { ToolHome } from './tool-environment.ts';

/** Absolute paths below one unique folder; `empty` removes it with everything in it. */
export interface Scratch extends ToolHome {
  root: string;
  git: string;
  /** For what DVC keeps, and for its generated workspaces. */
  dvc: string;
  empty(): Promise<void>;
}

const prefix = 'dvc-injector-';
/** Half removed: nobody needs its lock, which may be gone already, to go on. */
const deadPrefix = `${prefix}dead-`;
const lockName = 'lock';
/** In milliseconds: a folder that has had no lock for so long is not one that is just being made. */
const longestWithoutLock = 10 * 60_000;

/**
 * Makes the folder.
 * @throws {FetchFailure} `io` where there is no such folder, `configuration` where it lies on the volume
 */
export async function claimScratch(folder: string, volume: string): Promise<Scratch> {
  let parent: string;
  try {
    parent = await realpath(folder);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new FetchFailure('io', `there is no scratch folder ${folder}: mount an emptyDir there or name another one`, {
      cause: error,
    });
  }
  const shared = await realpath(volume);
  if (parent === shared || parent.startsWith(shared + sep)) {
    // DVC keeps SQLite databases there, which network file systems corrupt.
    throw new FetchFailure(
      'configuration',
      `the scratch folder ${folder} lies on the volume ${volume}: name a node-local one`,
    );
  }
  if (/["\n\r]|%\(/.test(parent)) {
    throw new FetchFailure(
      'configuration',
      `the scratch folder ${folder} has a character that DVC's configuration can't hold`,
    );
  }
  const root = await mkdtemp(join(parent, prefix));
  const scratch = {
    root,
    home: join(root, 'home'),
    temporary: join(root, 'tmp'),
    emptyFile: join(root, 'empty'),
    git: join(root, 'git'),
    dvc: join(root, 'dvc'),
  };
  try {
    await chmod(root, 0o700);
    for (const path of [scratch.home, scratch.temporary, scratch.git, scratch.dvc]) await mkdir(path);
    await naming(scratch.emptyFile, () => writeFile(scratch.emptyFile, ''));
    // Under its name only once it is locked: an unlocked `lock` always means that its owner is dead.
    const unlocked = join(root, `${lockName}.new`);
    await naming(unlocked, () => writeFile(unlocked, ''));
    const lock = await tryLock(unlocked);
    await rename(unlocked, join(root, lockName));
    return {
      ...scratch,
      async empty() {
        await remove(root);
        await lock?.release();
      },
    };
  } catch (error) {
    await remove(root).catch(() => {}); // the reason why it could not be made says more
    throw error;
  }
}

/**
 * Removes the folders of killed runs: a restarted container finds its own there, on the same limited emptyDir. Only
 * tidying, so that nothing about it ends a fetch.
 */
export async function removeDeadScratch(folder: string, log: Log): Promise<void> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  } catch (error) {
    if (isSystemError(error)) return; // whoever needs the scratch says what is wrong with it
    throw error;
  }
  for (const name of names) {
    try {
      if (name.startsWith(deadPrefix)) {
        await remove(join(folder, name));
        continue;
      }
      await removeIfDead(join(folder, name));
    } catch (error) {
      // Another user's, just being made, gone in this moment; or there is no flock.
      log.debug({ folder: name, error: String(error) }, 'a scratch folder is left alone');
    }
  }
}

async function removeIfDead(folder: string): Promise<void> {
  let lock: Awaited<ReturnType<typeof tryLock>>;
  try {
    lock = await tryLock(join(folder, lockName));
  } catch (error) {
    // Killed while it made the folder; or its DVC lived on, and made the folder again after it had been removed.
    if (!hasCode(error, 'ENOENT') || Date.now() - (await lstat(folder)).mtimeMs < longestWithoutLock) throw error;
    await remove(folder);
    return;
  }
  if (!lock) return;
  await remove(folder);
  await lock.release();
}

/** Under another name first: killed half-way, perhaps without the lock already, the folder would never be removed. */
async function remove(folder: string): Promise<void> {
  let doomed = folder;
  if (!basename(folder).startsWith(deadPrefix)) {
    const dead = join(dirname(folder), `${deadPrefix}${basename(folder).slice(prefix.length)}`);
    // What can't be renamed is removed as it is, and that tells what is wrong.
    doomed = await rename(folder, dead).then(
      () => dead,
      () => folder,
    );
  }
  await rm(doomed, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
