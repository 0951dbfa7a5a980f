/** Watches a `dvc pull` from outside: DVC knows neither the scratch's limit nor a server that only trickles. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onDisk } from '../scratch/budget.ts';
import type { Workspace } from './workspace.ts';

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
  const arrived: Arrived = { paths: new Set(), bytes: 0, onDisk: 0 };
  let verdict: PullVerdict | null = null;
  const before = measure(workspace, arrived);
  let mark = { at: performance.now(), bytes: before };
  const look = () => {
    const { size: known } = arrived.paths;
    const { bytes: sofar } = arrived;
    const bytes = measure(workspace, arrived);
    if (arrived.paths.size > known) onObjects(arrived.paths.size - known, arrived.bytes - sofar);
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

/** Objects under their final names. */
interface Arrived {
  paths: Set<string>;
  /** Their lengths, which people are told. */
  bytes: number;
  /** What they take on scratch, which is bounded. */
  onDisk: number;
}

/** All that the cache holds, in bytes on disk; what has arrived since the last time is added to `arrived`. */
function measure(workspace: Workspace, arrived: Arrived): number {
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
