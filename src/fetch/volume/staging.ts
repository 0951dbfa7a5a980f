/** One folder per process on the volume for what is not yet published, and the end of those that dead processes left. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { hasCode, isSystemError } from '../failure/system-error.ts';
import { fileMode, folderMode } from '../files/modes.ts';
import type { Log } from '../report/log.ts';
import { makeVolumeFolders, notWritable } from './folders.ts';
import { deadName, isDeadName } from './replace.ts';

/**
 * Makes this process's own folder, and proves before any work that this user can make and remove a file in it. Hard links
 * are not tried: where they are refused, the fetch copies.
 * @throws {FetchFailure} `io` where this user can't write to the volume
 */
export async function makeStaging(layout: VolumeLayout, key: string): Promise<string> {
  await makeVolumeFolders(layout);
  const folder = join(layout.staging, `${key}-${randomBytes(8).toString('hex')}`);
  try {
    await mkdir(folder);
    await chmod(folder, folderMode);
    const probe = join(folder, 'probe');
    const file = await open(probe, 'wx', fileMode);
    await file.close();
    await rm(probe);
  } catch (error) {
    throw (await notWritable(layout.staging, error)) ?? error;
  }
  return folder;
}

/** Removes what killed fetchers of this dataset left. Only the holder of the dataset's lock may call it. */
export async function removeDeadStaging(layout: VolumeLayout, key: string, log: Log): Promise<void> {
  await makeVolumeFolders(layout); // and with it the proof that staging is no link to somebody's folder
  for (const name of await readdir(layout.staging)) {
    if (!name.startsWith(`${key}-`) && !isDeadName(name)) continue;
    try {
      let folder = join(layout.staging, name);
      if (!isDeadName(name)) {
        // Renamed first: if its owner lives after all (a lost lease made two leaders), its next step and its own
        // publishing fail as a whole, instead of publishing a tree that we have half removed.
        const away = join(layout.staging, deadName());
        await rename(folder, away);
        folder = away;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 2 });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      log.warn({ folder: name, code: error.code }, 'an abandoned staging folder could not be removed');
    }
  }
}

/**
 * Removes this process's own folder, if it is still there. More than once, as an NFS client renames a file that some
 * process of the node still has open (`.nfs…`) instead of removing it, and until it is closed the folder isn't empty.
 */
export async function removeStaging(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 2 });
}

/**
 * The failure for an error that came because another leader took our staging away (`removeDeadStaging` after a lost
 * lock); undefined for any other. The folder is opened, as an NFS client believes in a name that it knows for up to a
 * minute, and asks the server only then.
 */
export async function overtaken(folder: string, error: unknown): Promise<FetchFailure | undefined> {
  if (!hasCode(error, 'ENOENT', 'ESTALE')) return undefined;
  try {
    await readdir(folder);
    return undefined;
  } catch (gone) {
    if (!hasCode(gone, 'ENOENT', 'ESTALE')) return undefined;
  }
  return new FetchFailure(
    'gaveUp',
    'another fetcher took this dataset over, as this one had lost its lock on the volume: run the fetch again, it waits for the other one',
    { cause: error },
  );
}
