/** How much memory a process took at most, as the kernel counted it (VmHWM), so that looking seldom misses little. */
import { readFileSync } from 'node:fs';

export interface PeakMemory {
  /** To be called again and again while the process runs. */
  look(pid: number): void;
  megabytes(): number;
}

export function peakMemory(): PeakMemory {
  let peak = 0;
  return {
    look(pid) {
      peak = Math.max(peak, ...[pid, ...childrenOf(pid)].map(highWater));
    },
    megabytes: () => Math.round(peak / 1024),
  };
}

function childrenOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}

/** In kB; 0 for a process that has ended. */
function highWater(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended since
  }
}
