/** Keeps the scratch within its limit: beyond it the kubelet evicts the pod, which no program can catch. */
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { scratchFull } from '../failure/scratch-full.ts';
import { hasCode } from '../failure/system-error.ts';

/** Bytes that may still be put on scratch. */
export interface ScratchBudget {
  /** What there is in all. */
  readonly total: number;
  free(): number;
  /** Takes the bytes if they are there and nobody waits for them. */
  tryReserve(bytes: number): boolean;
  /**
   * Waits until the bytes are free and takes them; who asks first is served first. They must be no more than `total`
   * less what the caller has already, or it waits for itself.
   */
  reserve(bytes: number, signal: AbortSignal): Promise<void>;
  release(bytes: number): void;
}

/**
 * What of a limit, or of what is free now, is never planned for, in bytes: a fifth, and of a small one up to half, as
 * DVC's databases with their write-ahead logs take 0.3 MB for one object and 9 MB for 500 (measured with DVC 3.67).
 */
function headroom(bytes: number): number {
  return Math.max(bytes / 5, Math.min(bytes / 2, 24 * 2 ** 20));
}

/**
 * The budget for objects below `folder`, beside what already lies there; `limit` in bytes is the emptyDir's own, null
 * where only the disk is one.
 * @throws {FetchFailure} `io` where nothing remains
 */
export async function measureBudget(folder: string, limit: number | null): Promise<ScratchBudget> {
  const { bavail, bsize } = await statfs(folder);
  const used = await usageOf(folder);
  const free = bavail * bsize;
  const allowed = limit === null ? Number.POSITIVE_INFINITY : limit - headroom(limit) - used;
  const total = Math.floor(Math.min(allowed, free - headroom(free)));
  if (total > 0) return scratchBudget(total);
  if (limit === null) throw scratchFull();
  throw new FetchFailure(
    'io',
    `the scratch's limit of ${limit} bytes leaves no room for data, as git and the list of files take ${used}: give the fetch more (annotation dvc.io/scratch)`,
  );
}

/** `total` in bytes. */
export function scratchBudget(total: number): ScratchBudget {
  let used = 0;
  let waiting: { bytes: number; granted: () => void }[] = [];
  const serve = () => {
    // In order: if a small request could overtake a large one, the large one might wait for ever.
    for (let first = waiting[0]; first && total - used >= first.bytes; first = waiting[0]) {
      waiting.shift();
      used += first.bytes;
      first.granted();
    }
  };
  return {
    total,
    free: () => total - used,
    tryReserve(bytes) {
      if (waiting.length > 0 || bytes > total - used) return false;
      used += bytes;
      return true;
    },
    async reserve(bytes, signal) {
      signal.throwIfAborted();
      if (bytes > total) throw new RangeError(`${bytes} bytes of scratch are asked for, of ${total}`);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const entry = { bytes, granted: resolve };
      waiting.push(entry);
      const stop = () => {
        waiting = waiting.filter((other) => other !== entry);
        reject(signal.reason);
        serve();
      };
      signal.addEventListener('abort', stop, { once: true });
      serve();
      await promise.finally(() => signal.removeEventListener('abort', stop));
    },
    release(bytes) {
      used -= bytes;
      serve();
    },
  };
}

/** @throws {FetchFailure} `io` where a single file is more than the scratch may ever hold */
export function requireSpace(budget: ScratchBudget, bytes: number, relpath: string): void {
  if (bytes > budget.total) throw tooLargeForScratch(relpath, budget, bytes);
}

/** The failure where a single file is more than the scratch may ever hold; `bytes` is what it needs, if that is known. */
export function tooLargeForScratch(relpath: string, { total }: ScratchBudget, bytes?: number): FetchFailure {
  const need =
    bytes === undefined
      ? `more scratch than the ${total} bytes that the fetch may use`
      : `${bytes} bytes of scratch, and the fetch may use ${total}`;
  const sentence = `${JSON.stringify(relpath)} alone needs ${need}: give it more (annotation dvc.io/scratch)`;
  return new FetchFailure('io', sentence);
}

/** What a file of this many bytes takes on disk, as the kubelet counts it: whole blocks, and its inode. */
export function onDisk(bytes: number): number {
  return (Math.ceil(bytes / blockSize) + 1) * blockSize;
}

const blockSize = 4096;

/** What a folder takes on disk, in bytes; each hard-linked file counts once. */
export async function usageOf(folder: string): Promise<number> {
  const seen = new Set<number>();
  let blocks = 0;
  for (const path of await pathsBelow(folder)) {
    try {
      const { ino, blocks: own } = await lstat(path);
      if (seen.has(ino)) continue;
      seen.add(ino);
      blocks += own;
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error; // removed while we look
    }
  }
  return blocks * 512;
}

async function pathsBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))];
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
