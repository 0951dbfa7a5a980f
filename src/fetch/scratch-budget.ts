/** Keeps the scratch within its limit: beyond it the kubelet evicts the pod, which no program can catch. */
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { FetchFailure, hasCode } from './failure.ts';

/** Bytes that may still be put on scratch. */
export interface ScratchBudget {
  /** What there is in all. */
  readonly total: number;
  free(): number;
  /** Takes the bytes if they are there. */
  tryReserve(bytes: number): boolean;
  /** Waits until everything is free that others took, then takes the bytes. They must be no more than `total`. */
  reserveAlone(bytes: number, signal: AbortSignal): Promise<void>;
  /** Waits until the bytes are free and takes them. They must be no more than `total`. */
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
export async function measureScratch(folder: string, limit: number | null): Promise<ScratchBudget> {
  const { bavail, bsize } = await statfs(folder);
  const used = await usageOf(folder);
  const free = bavail * bsize;
  const allowed = limit === null ? Number.POSITIVE_INFINITY : limit - headroom(limit) - used;
  const total = Math.floor(Math.min(allowed, free - headroom(free)));
  if (total > 0) return scratchBudget(total);
  throw new FetchFailure(
    'io',
    limit === null
      ? 'the scratch is full: give the fetch more scratch (annotation dvc.io/scratch)'
      : `the scratch's limit of ${limit} bytes leaves no room for data, as git and the list of files take ${used}: give the fetch more (annotation dvc.io/scratch)`,
  );
}

/** `total` in bytes. */
export function scratchBudget(total: number): ScratchBudget {
  let used = 0;
  let waiting: { bytes: number; room: number; granted: () => void }[] = [];
  const wait = async (bytes: number, room: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    if (total - used >= room) {
      used += bytes;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const entry = { bytes, room, granted: resolve };
    waiting.push(entry);
    const stop = () => resolve();
    signal.addEventListener('abort', stop, { once: true });
    await promise;
    signal.removeEventListener('abort', stop);
    waiting = waiting.filter((other) => other !== entry);
    signal.throwIfAborted();
  };
  return {
    total,
    free: () => total - used,
    tryReserve(bytes) {
      if (bytes > total - used) return false;
      used += bytes;
      return true;
    },
    reserve: (bytes, signal) => wait(bytes, bytes, signal),
    reserveAlone: (bytes, signal) => wait(bytes, total, signal),
    release(bytes) {
      used -= bytes;
      for (const entry of [...waiting]) {
        if (total - used < entry.room) continue;
        used += entry.bytes;
        waiting = waiting.filter((other) => other !== entry);
        entry.granted();
      }
    },
  };
}

/** @throws {FetchFailure} `io` where a single file is more than the scratch may ever hold */
export function requireRoom(budget: ScratchBudget, bytes: number, relpath: string): void {
  if (bytes <= budget.total) return;
  throw new FetchFailure(
    'io',
    `${JSON.stringify(relpath)} alone needs ${bytes} bytes of scratch, and the fetch may use ${budget.total}: give it more (annotation dvc.io/scratch)`,
  );
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
