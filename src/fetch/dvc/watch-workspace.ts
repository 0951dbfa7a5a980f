/** Ends a run of DVC that brings more than it may, or next to nothing: DVC itself has neither limit. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stallDetector } from '../remote/stall.ts';
import { onDisk } from '../scratch/budget.ts';
import type { Workspace } from './workspace.ts';

/** Why a run was ended. */
export type WatchVerdict = 'too large' | 'stalled';

/** A watch under way; `stop` ends what is watched, and then `verdict` says why. */
export interface Watch {
  readonly stop: AbortSignal;
  readonly verdict: WatchVerdict | null;
  /** Measures a last time, and never again; what has ended by itself is not judged any more. */
  end(): Promise<void>;
}

export interface WatchBounds {
  /** Bytes that the run may add to what is measured. */
  bytes: number;
  /** How long it may bring less than a kilobyte a second, in seconds. */
  stallSeconds: number;
}

const lookEvery = 250;

/** Begins to watch what `measure` says, in bytes on disk. What can't be measured now is measured the next time. */
export async function watchGrowth(measure: () => number | Promise<number>, bounds: WatchBounds): Promise<Watch> {
  const controller = new AbortController();
  const isStalled = stallDetector(bounds.stallSeconds);
  let verdict: WatchVerdict | null = null;
  let looking: Promise<void> | undefined;
  let over = false;
  const before = await measure();
  isStalled(before);
  const look = async () => {
    const bytes = await measure();
    if (over) return;
    if (bytes - before > bounds.bytes) verdict ??= 'too large';
    else if (isStalled(bytes)) verdict ??= 'stalled';
    if (verdict) controller.abort();
  };
  const timer = setInterval(() => {
    looking ??= look()
      .catch(() => {}) // DVC is about to fail by the same trouble, and has its own words for it
      .finally(() => {
        looking = undefined;
      });
  }, lookEvery);
  return {
    stop: controller.signal,
    get verdict() {
      return verdict;
    },
    async end() {
      over = true;
      clearInterval(timer);
      await looking;
      // For those who are told what arrives; how the run ended is decided already, also where this fails.
      if (verdict === null) await (async () => measure())().catch(() => {});
    },
  };
}

/** Objects under their final names. */
interface Arrived {
  paths: Set<string>;
  /** Their lengths, which people are told. */
  bytes: number;
  /** What they take on scratch, which is bounded. */
  onDisk: number;
}

/**
 * Returns a function that measures a workspace's cache in bytes on disk; `onArrived` is told what has come since the
 * last time, in objects and bytes. What is there already has come before.
 */
export function measureCache(workspace: Workspace, onArrived: (objects: number, bytes: number) => void): () => number {
  const arrived: Arrived = { paths: new Set(), bytes: 0, onDisk: 0 };
  let first = true;
  return () => {
    const { bytes } = arrived;
    const { size: known } = arrived.paths;
    const total = sizeOf(workspace, arrived);
    if (!first && arrived.paths.size > known) onArrived(arrived.paths.size - known, arrived.bytes - bytes);
    first = false;
    return total;
  };
}

/** All that the cache holds, in bytes on disk; what has arrived since the last time is added to `arrived`. */
function sizeOf(workspace: Workspace, arrived: Arrived): number {
  const root = dirname(dirname(workspace.object('0'.repeat(32))));
  let unfinished = 0;
  for (const folder of namesIn(root)) {
    for (const entry of folder.isDirectory() ? namesIn(join(root, folder.name)) : []) {
      const path = join(root, folder.name, entry.name);
      if (arrived.paths.has(path)) continue;
      const size = statSync(path, { throwIfNoEntry: false })?.size;
      if (size === undefined) continue; // renamed in this moment
      if (!/^[0-9a-f]{30}$/.test(entry.name)) {
        unfinished += onDisk(size);
        continue;
      }
      arrived.paths.add(path);
      arrived.bytes += size;
      arrived.onDisk += onDisk(size);
    }
  }
  return unfinished + arrived.onDisk;
}

function namesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not made yet
  }
}
