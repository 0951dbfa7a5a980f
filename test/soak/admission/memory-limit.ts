/** A control group with a memory limit, as the kubelet makes one for a container; version 1 or 2, whichever the machine has. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface MemoryLimit extends AsyncDisposable {
  /** Puts what is started behind it into the group, by exec. */
  wrapper: readonly string[];
  /** The most that the group had at a time, in bytes, file cache included. */
  peakBytes(): number;
  /** How often the kernel ended a process of the group for its memory. */
  kills(): number;
}

const hierarchies = '/sys/fs/cgroup';

/** Files of the group, by version. */
const files = {
  v1: { limit: 'memory.limit_in_bytes', peak: 'memory.max_usage_in_bytes', events: 'memory.oom_control' },
  v2: { limit: 'memory.max', peak: 'memory.peak', events: 'memory.events' },
} as const;

/** No group: nothing is ended for its memory. */
export const unlimited: MemoryLimit = {
  wrapper: [],
  peakBytes: () => 0,
  kills: () => 0,
  async [Symbol.asyncDispose]() {},
};

/** Throws an Error that says what to do where no group can be made. */
export function makeMemoryLimit(bytes: number): MemoryLimit {
  const version = existsSync(join(hierarchies, 'cgroup.controllers')) ? 'v2' : 'v1';
  const group = join(hierarchies, version === 'v1' ? 'memory' : '', `dvc-injector-soak-${process.pid}`);
  const { limit, peak, events } = files[version];
  try {
    if (version === 'v2') writeFileSync(join(hierarchies, 'cgroup.subtree_control'), '+memory');
    mkdirSync(group);
    writeFileSync(join(group, limit), String(bytes));
    // Swapping instead of ending would hide what the limit is for; without swap the file isn't there.
    const swap = join(group, version === 'v2' ? 'memory.swap.max' : 'memory.memsw.limit_in_bytes');
    if (existsSync(swap)) writeFileSync(swap, version === 'v2' ? '0' : String(bytes));
  } catch (error) {
    throw new Error(
      `no control group can be made at ${group} (${(error as Error).message}): run this as root on a machine where ` +
        `${hierarchies} is writable; in a container that takes --privileged and a cgroup namespace of its own`,
      { cause: error },
    );
  }
  const number = (file: string, pattern: RegExp) => Number(pattern.exec(readFileSync(join(group, file), 'utf8'))?.[1]);
  return {
    wrapper: ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group],
    peakBytes: () => number(peak, /(\d+)/),
    kills: () => number(events, /^oom_kill (\d+)$/m),
    async [Symbol.asyncDispose]() {
      // The kernel needs a moment to let go of a process that was just killed.
      for (let tries = 0; tries < 100; tries += 1) {
        try {
          return rmdirSync(group);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
          await sleep(100);
        }
      }
    },
  };
}
