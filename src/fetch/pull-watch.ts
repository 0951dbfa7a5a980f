/** Watches a `dvc pull` from outside: DVC knows neither the scratch's limit nor a server that only trickles. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Workspace } from './dvc.ts';
import { onDisk } from './scratch-budget.ts';

/** Why a pull was ended. */
export type PullVerdict = 'too large' | 'stalled';

export interface PullWatch {
  /** Ends the pull. */
  readonly stop: AbortSignal;
  /** Why, once it was ended. */
  readonly verdict: PullVerdict | null;
  end(): void;
}

export interface PullBounds {
  /** Bytes that the pull may add to the scratch. */
  bytes: number;
  /** How long it may bring less than a kilobyte a second, in seconds. */
  stallSeconds: number;
}

const lookEvery = 250;
const slowest = 1024;

/** Looks at what lies in the workspace; `onObjects` is told what has come since the last look. */
export function watchPull(
  workspace: Workspace,
  bounds: PullBounds,
  onObjects: (objects: number, bytes: number) => void,
): PullWatch {
  const controller = new AbortController();
  const complete = new Map<string, number>();
  let verdict: PullVerdict | null = null;
  const before = sizesOf(workspace, complete);
  let mark = { at: performance.now(), bytes: before };
  const look = () => {
    const known = complete.size;
    const sofar = sum(complete);
    const bytes = sizesOf(workspace, complete);
    if (complete.size > known) onObjects(complete.size - known, sum(complete) - sofar);
    if (bytes - before > bounds.bytes) return decide('too large');
    const seconds = (performance.now() - mark.at) / 1000;
    if (bytes - mark.bytes >= slowest * Math.max(seconds, 1)) mark = { at: performance.now(), bytes };
    else if (seconds > bounds.stallSeconds) decide('stalled');
  };
  const decide = (why: PullVerdict) => {
    verdict ??= why;
    controller.abort();
  };
  const timer = setInterval(look, lookEvery);
  return {
    stop: controller.signal,
    get verdict() {
      return verdict;
    },
    end() {
      clearInterval(timer);
      if (verdict === null) look();
    },
  };
}

/** All that the cache holds, in bytes on disk; objects under their final names are remembered in `complete`. */
function sizesOf(workspace: Workspace, complete: Map<string, number>): number {
  const root = dirname(dirname(workspace.object('0'.repeat(32))));
  let unfinished = 0;
  for (const folder of namesIn(root)) {
    for (const entry of folder.isDirectory() ? namesIn(join(root, folder.name)) : []) {
      const path = join(root, folder.name, entry.name);
      if (complete.has(path)) continue;
      const size = statSync(path, { throwIfNoEntry: false })?.size;
      if (size === undefined) continue; // renamed in this moment
      if (/^[0-9a-f]{30}$/.test(entry.name)) complete.set(path, onDisk(size));
      else unfinished += onDisk(size);
    }
  }
  return unfinished + sum(complete);
}

function sum(sizes: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const size of sizes.values()) total += size;
  return total;
}

function namesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not made yet
  }
}
