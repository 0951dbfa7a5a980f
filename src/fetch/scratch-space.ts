/** Is the scratch full? Asked of the file system, as DVC's message about it depends on where it noticed. */
import { statfs } from 'node:fs/promises';
import { FetchFailure } from './failure.ts';

/** Less than this, in bytes, and nothing more can be written. */
const nothing = 1024 * 1024;

/** What every step says that finds the scratch full. */
export const scratchFull = 'the scratch is full: give the fetch more scratch (annotation dvc.io/scratch)';

/** @throws {FetchFailure} `io` where the file system of `folder` has no room or no inode left */
export async function requireScratchSpace(folder: string): Promise<void> {
  const { bavail, bsize, ffree, files } = await statfs(folder);
  if (bavail * bsize >= nothing && (files === 0 || ffree > 0)) return;
  throw new FetchFailure('io', scratchFull);
}
