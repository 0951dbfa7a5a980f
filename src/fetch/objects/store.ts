/** An object's way from the network to scratch: there under its name only if its bytes are what the name says. */
import { rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { isSystemError, withPath } from '../failure/system-error.ts';
import { hashOf } from './hash.ts';

/** Writes one that is in memory; false, with nothing written, where it is another. */
export function storeBytes(path: string, bytes: Buffer, oid: string, objectNaming: ObjectNaming): boolean {
  if (hashOf(bytes, objectNaming) !== oid) return false;
  try {
    // On the local disk's cache three calls are sooner done than handed to a thread.
    writeFileSync(path, bytes);
  } catch (error) {
    if (isSystemError(error)) error.path = path; // a full scratch names none, and would pass for a trouble of the network
    throw error;
  }
  return true;
}

/** Writes one as it comes; false where it is another. Then, and after an error, nothing of it is left behind. */
export async function storeStream(
  path: string,
  body: AsyncIterable<Buffer>,
  oid: string,
  objectNaming: ObjectNaming,
): Promise<boolean> {
  const digest = objectNaming.digest();
  let sound = false;
  const file = await open(path, 'w');
  try {
    try {
      for await (const chunk of body) {
        digest.update(chunk);
        await withPath(path, () => file.writeFile(chunk));
      }
    } finally {
      await file.close();
    }
    sound = digest.hex() === oid;
  } finally {
    if (!sound) rmSync(path, { force: true });
  }
  return sound;
}
