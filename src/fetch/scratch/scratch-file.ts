/** Small files onto scratch, by one way for all: a full scratch must be told as that, whichever step finds it. */
import { writeFile } from 'node:fs/promises';
import { withPath } from '../failure/system-error.ts';

/** Writes a file of at most this mode. Errors name it, without which they would count as a bug of ours. */
export async function writeScratchFile(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await withPath(path, () => writeFile(path, content, { mode }));
}
