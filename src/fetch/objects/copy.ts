/** Writes one object's bytes as a new file of the tree, hashed on the way: what is published is what was hashed. */
import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { withPath } from '../failure/system-error.ts';
import { fileMode } from '../files/modes.ts';
import { writeNewFile } from '../files/write-new.ts';
import { copyHashing, type Hashed, hashOf } from './hash.ts';
import { smallObject } from './small.ts';

/** An object and the file of the dataset that it is. */
export interface WantedObject {
  md5: string;
  relpath: string;
  objectNaming: ObjectNaming;
}

/**
 * Copies from scratch and returns the length; `signal` ends it.
 * @throws {FetchFailure} `dataset` where the bytes don't match the hash
 */
export async function copyFromScratch(
  source: string,
  path: string,
  wanted: WantedObject,
  signal: AbortSignal,
): Promise<number> {
  if (statSync(source).size > smallObject) return copyFile(source, path, wanted, signal);
  const bytes = readFileSync(source);
  requireHash(hashOf(bytes, wanted.objectNaming), wanted);
  await writeNewFile(path, bytes, fileMode);
  return bytes.length;
}

/** Copies a file of any size from anywhere and returns the length. @throws {FetchFailure} as `copyFromScratch` */
export async function copyFile(
  source: string,
  path: string,
  wanted: WantedObject,
  signal: AbortSignal,
): Promise<number> {
  const file = await open(path, 'wx', fileMode);
  let result: Hashed | undefined;
  try {
    result = await copyHashing(source, { file, path }, wanted.objectNaming, signal);
  } finally {
    // Network file systems report a full disk as late as here; after another failure it counts for nothing.
    if (result) await withPath(path, () => file.close());
    else await file.close().catch(() => {});
  }
  requireHash(result.hash, wanted);
  return result.bytes;
}

function requireHash(hash: string, { md5, relpath }: WantedObject): void {
  if (hash === md5) return;
  throw new FetchFailure(
    'dataset',
    `the object ${md5} of ${JSON.stringify(relpath)} is damaged: its bytes don't match its hash; run the fetch again`,
  );
}
