/** Reads files of the volume that somebody may have replaced by anything: regular ones of a bounded size, and nothing else. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isDamage, withPath } from '../failure/system-error.ts';

/** No link is followed, and a pipe does not keep us waiting for somebody to write into it. */
export const readAsItIs = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The bytes of a file; null where there is none, or something else, or one of more than `maxBytes`. */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer | null> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, readAsItIs);
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
  try {
    return await withPath(path, async () => {
      const found = await file.stat();
      return found.isFile() && found.size <= maxBytes ? await file.readFile() : null;
    });
  } finally {
    await file.close();
  }
}
