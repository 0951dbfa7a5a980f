/** Is the scratch full? Asked of the file system, as what git and DVC say of it depends on where they noticed. */
import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchFull } from '../failure/scratch-full.ts';
import { hasCode } from '../failure/system-error.ts';
import { writeScratchFile } from './scratch-file.ts';

/** Less than this, in bytes, and nothing more can be written. */
const nothing = 1024 * 1024;

/**
 * To be called after a failure only, as it proves that there is space by writing a mebibyte.
 * @throws {FetchFailure} `io` where the file system of `folder` has no room or no inode left, or the system's error
 *   where a quota leaves none, of which the file system's figures say nothing
 */
export async function requireScratchSpace(folder: string): Promise<void> {
  const { bavail, bsize, ffree, files } = await statfs(folder);
  if (bavail * bsize < nothing || (files > 0 && ffree === 0)) throw scratchFull();
  const probe = join(folder, 'is-there-room');
  try {
    await writeScratchFile(probe, Buffer.alloc(nothing));
  } catch (error) {
    if (hasCode(error, 'ENOSPC', 'EDQUOT')) throw error;
    // Any other error is not about room, and whoever asked knows more.
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}
