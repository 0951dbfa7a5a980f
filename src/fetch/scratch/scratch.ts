/** A folder of one's own on the node-local scratch, emptied before every exit: an emptyDir outlives a container's restart. */
import { rmSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { hasCode, isSystemError } from '../failure/system-error.ts';
import { tryLock } from '../files/flock.ts';
import type { Log } from '../report/log.ts';
import { writeScratchFile } from './scratch-file.ts';

/** Folders on scratch that stand for the user's own. */
export interface ToolHome {
  home: string;
  temporary: string;
  /** A file with nothing in it. */
  emptyFile: string;
}

/** Absolute paths below one unique folder. */
export interface Scratch extends ToolHome {
  root: string;
  git: string;
  /** For what DVC keeps, and for its generated workspaces. */
  dvc: string;
  /** For what git and DVC are given: certificates, credentials. */
  given: string;
  /** Removes it with everything in it. */
  empty(): Promise<void>;
  /** As `empty`, as far as that goes at once, for a process that has to end. */
  emptyNow(): void;
}

/**
 * Such names nobody else gives: the scratch may be the system's temporary folder, where a `dvc-injector-checkout` is
 * somebody's work.
 */
const prefix = '.dvc-injector-fetch-';
/** A folder that is being removed: its lock may be gone already, and is of no meaning any more. */
const deadPrefix = `${prefix}dead-`;
/** Ours end as mkdtemp makes them. */
const shape = /^\.dvc-injector-fetch-(?:dead-)?[A-Za-z0-9]{6}$/;
/** All that is ever made in such a folder; what has anything else in it is somebody's. */
const inside = {
  lock: 'lock',
  unlocked: 'lock.new',
  home: 'home',
  temporary: 'tmp',
  emptyFile: 'empty',
  git: 'git',
  dvc: 'dvc',
  given: 'given',
} as const;
/** In milliseconds: a folder that has had no lock for so long is not one that is just being made. */
const longestWithoutLock = 10 * 60_000;

/**
 * Makes the folder.
 * @throws {FetchFailure} `io` where there is no such folder, `configuration` where it lies on the volume
 */
export async function makeScratch(folder: string, volume: string): Promise<Scratch> {
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
    home: join(root, inside.home),
    temporary: join(root, inside.temporary),
    emptyFile: join(root, inside.emptyFile),
    git: join(root, inside.git),
    dvc: join(root, inside.dvc),
    given: join(root, inside.given),
  };
  try {
    await chmod(root, 0o700);
    for (const path of [scratch.home, scratch.temporary, scratch.git, scratch.dvc, scratch.given]) await mkdir(path);
    await writeScratchFile(scratch.emptyFile, '');
    // Under its name only once it is locked: an unlocked `lock` always means that its owner is dead.
    const unlocked = join(root, inside.unlocked);
    await writeScratchFile(unlocked, '');
    const lock = await tryLock(unlocked);
    await rename(unlocked, join(root, inside.lock));
    return {
      ...scratch,
      async empty() {
        await remove(root);
        await lock?.release();
      },
      emptyNow() {
        for (const path of [root, deadName(root)]) rmSync(path, { recursive: true, force: true, maxRetries: 2 });
      },
    };
  } catch (error) {
    await remove(root).catch(() => {}); // the reason why it could not be made says more
    throw error;
  }
}

/**
 * Removes the folders of killed runs: a restarted container finds its own there, on the same limited emptyDir. Only
 * tidying, so that nothing about it ends a fetch; and each removal is logged, as it can't be undone.
 */
export async function removeDeadScratch(folder: string, log: Log): Promise<void> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => shape.test(name));
  } catch (error) {
    if (isSystemError(error)) return; // whoever needs the scratch says what is wrong with it
    throw error;
  }
  for (const name of names) {
    try {
      await removeIfDead(join(folder, name), log);
    } catch (error) {
      // Another user's, gone in this moment; or there is no flock.
      log.debug({ folder: name, error: String(error) }, 'a scratch folder is left alone');
    }
  }
}

async function removeIfDead(folder: string, log: Log): Promise<void> {
  if (!(await holdsOnlyOurs(folder))) return;
  const death = await lockIfAbandoned(folder);
  if (!death) return;
  try {
    log.info({ folder }, 'removing the scratch folder that a dead fetch left');
    await remove(folder);
  } finally {
    await death.release();
  }
}

/** True for a real folder with nothing in it but what a fetch makes: its name alone proves nothing. */
async function holdsOnlyOurs(folder: string): Promise<boolean> {
  if (!(await lstat(folder)).isDirectory()) return false;
  const ours: readonly string[] = Object.values(inside);
  return (await readdir(folder)).every((name) => ours.includes(name));
}

/** Null where the folder's run lives, or may be just making it; else to be released once the folder is gone. */
async function lockIfAbandoned(folder: string): Promise<{ release(): Promise<void> } | null> {
  const nothingHeld = { release: async () => {} };
  if (basename(folder).startsWith(deadPrefix)) return nothingHeld;
  try {
    return await tryLock(join(folder, inside.lock));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    // Killed while it made the folder; or its DVC lived on, and made the folder again after it had been removed.
    return Date.now() - (await lstat(folder)).mtimeMs < longestWithoutLock ? null : nothingHeld;
  }
}

function deadName(folder: string): string {
  return join(dirname(folder), `${deadPrefix}${basename(folder).slice(prefix.length)}`);
}

/** Under another name first: killed half-way, perhaps without the lock already, the folder would never be removed. */
async function remove(folder: string): Promise<void> {
  let doomed = folder;
  if (!basename(folder).startsWith(deadPrefix)) {
    const dead = deadName(folder);
    // What can't be renamed is removed as it is, and that tells what is wrong.
    doomed = await rename(folder, dead).then(
      () => dead,
      () => folder,
    );
  }
  await rm(doomed, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
