/** One folder per process on the volume for what is not yet published, and the end of those that dead processes left. */
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeLayout } from '../dataset/layout.ts';
import { isSystemError } from './failure.ts';
import type { Log } from './log.ts';
import { makeVolumeFolders, requireWritable } from './volume.ts';

const dead = 'dead-';

/** Makes this process's own folder; that it can is also the proof that the volume is writable. */
export async function makeStaging(layout: VolumeLayout, key: string): Promise<string> {
  await makeVolumeFolders(layout);
  const folder = join(layout.staging, `${key}-${unique()}`);
  await requireWritable(layout, folder);
  return folder;
}

/** Removes what killed fetchers of this dataset left. Only the holder of the dataset's lock may call it. */
export async function removeDeadStaging(layout: VolumeLayout, key: string, log: Log): Promise<void> {
  for (const name of await readdir(layout.staging)) {
    if (!name.startsWith(`${key}-`) && !name.startsWith(dead)) continue;
    try {
      let folder = join(layout.staging, name);
      if (!name.startsWith(dead)) {
        // Renamed first: if its owner lives after all (a lost lease made two leaders), its next step and its own
        // publishing fail as a whole, instead of publishing a tree that we have half removed.
        const away = join(layout.staging, `${dead}${unique()}`);
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

/** Removes this process's own folder, if it is still there. */
export async function removeStaging(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 2 });
}

function unique(): string {
  return randomBytes(8).toString('hex');
}
