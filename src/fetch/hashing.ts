/** md5 of what is really read and written, because every object is named by it. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { naming } from './io-failure.ts';

const chunkSize = 1024 * 1024;

/** The md5 of a file in 32 hex digits. */
export async function md5OfFile(path: string): Promise<string> {
  return (await readThrough(path, async () => {})).md5;
}

/** Appends a file's content to an open one and returns the md5 and length of what was written. */
export async function copyHashing(source: string, target: FileHandle, targetPath: string) {
  return readThrough(source, async (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await naming(targetPath, () => target.write(chunk, at));
      at += bytesWritten;
    }
  });
}

async function readThrough(
  path: string,
  use: (chunk: Buffer) => Promise<void>,
): Promise<{ md5: string; bytes: number }> {
  const hash = createHash('md5');
  const file = await open(path, 'r');
  try {
    let buffer: Buffer | undefined;
    let bytes = 0;
    for (;;) {
      buffer ??= Buffer.allocUnsafe(await chunkFor(file));
      const { bytesRead } = await naming(path, () => file.read(buffer as Buffer, 0, (buffer as Buffer).length));
      if (bytesRead === 0) return { md5: hash.digest('hex'), bytes };
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await use(chunk);
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** Small files are most of a dataset and need no large buffer. */
async function chunkFor(file: FileHandle): Promise<number> {
  return Math.min(chunkSize, Math.max((await file.stat()).size, 4096));
}
