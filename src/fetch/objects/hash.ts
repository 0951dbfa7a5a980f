/** The hash of what is really read and written, because every object is named by it. */
import { type FileHandle, open } from 'node:fs/promises';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { withPath } from '../failure/system-error.ts';
import { readAsItIs } from '../files/read-regular.ts';

const chunkSize = 1024 * 1024;

/** What was read, or read and written. */
export interface Hashed {
  /** 32 hex digits; empty where it is something else than a file, as a pipe would pass for an empty one. */
  hash: string;
  bytes: number;
}

/** What an object with these bytes is called, in 32 hex digits. */
export function hashOf(bytes: Buffer, objectNaming: ObjectNaming): string {
  const digest = objectNaming.digest();
  digest.update(bytes);
  return digest.hex();
}

/** True where these bytes are what an object's id says: 32 hex digits, of a folder's list with `.dir` behind them. */
export function isObject(bytes: Buffer, oid: string, objectNaming: ObjectNaming): boolean {
  return hashOf(bytes, objectNaming) === oid.slice(0, 32);
}

/** What an object with this file's bytes is called, and how long it is. A link is not followed (ELOOP). `signal` ends it. */
export function hashOfFile(path: string, objectNaming: ObjectNaming, signal: AbortSignal): Promise<Hashed> {
  return readThrough(path, { objectNaming, signal }, async () => {});
}

/** Appends a file's content to an open one, whose path errors name. */
export async function copyHashing(
  source: string,
  { file: target, path: targetPath }: { file: FileHandle; path: string },
  objectNaming: ObjectNaming,
  signal: AbortSignal,
): Promise<Hashed> {
  return readThrough(source, { objectNaming, signal }, async (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await withPath(targetPath, () => target.write(chunk, at));
      at += bytesWritten;
    }
  });
}

async function readThrough(
  path: string,
  { objectNaming, signal }: { objectNaming: ObjectNaming; signal: AbortSignal },
  use: (chunk: Buffer) => Promise<void>,
): Promise<Hashed> {
  const digest = objectNaming.digest();
  const file = await open(path, readAsItIs);
  try {
    const found = await withPath(path, () => file.stat());
    if (!found.isFile()) return { hash: '', bytes: 0 };
    const expected = found.size;
    // Small files are most of a dataset and need no large buffer; one byte more shows the end without another read.
    const buffer = Buffer.allocUnsafe(Math.min(chunkSize, Math.max(expected, 4096) + 1));
    let bytes = 0;
    for (;;) {
      signal.throwIfAborted(); // a file may have a terabyte
      const { bytesRead } = await withPath(path, () => file.read(buffer, 0, buffer.length));
      const chunk = buffer.subarray(0, bytesRead);
      digest.update(chunk);
      if (bytesRead > 0) await use(chunk);
      bytes += bytesRead;
      if (bytesRead < buffer.length && bytes >= expected) return { hash: digest.hex(), bytes };
      if (bytesRead === 0) return { hash: digest.hex(), bytes };
    }
  } finally {
    await file.close();
  }
}
