/** Who had the processors, as the kernel counts it, in seconds: the machine as a whole, and what is ours of that. */
import { readdirSync, readFileSync } from 'node:fs';

export interface MachineSeconds {
  /** Time of processes. Interrupts are left out, as no process is charged with them. */
  processes: number;
  /** Time that the host gave to somebody else. */
  steal: number;
  /** All time there was, over all processors. */
  all: number;
}

/** Since the machine was started. */
export function machineSeconds(): MachineSeconds {
  const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '';
  // proc(5): guest time, which would follow, is part of user time already.
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / 100);
  const processes = user + nice + system;
  return { processes, steal, all: processes + idle + iowait + irq + softirq + steal };
}

/** Of this process and all below it, also of those that have ended and were waited for. */
export function ownSeconds(): number {
  const processes = new Map(
    readdirSync('/proc').flatMap((name) => {
      const found = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
      return found ? [[Number(name), found] as const] : [];
    }),
  );
  const isOurs = (pid: number): boolean => {
    if (pid === process.pid) return true;
    const parent = processes.get(pid)?.parent;
    return parent !== undefined && parent > 1 && isOurs(parent);
  };
  return [...processes].reduce((sum, [pid, { seconds, ended }]) => sum + (isOurs(pid) ? seconds + ended : 0), 0);
}

/** Of this one process, with all its threads; 0 where it has ended. */
export function cpuOf(pid: number): number {
  return statOf(pid)?.seconds ?? 0;
}

/** Undefined where it has ended. `ended` is the time of its children that have. */
function statOf(pid: number): { parent: number; seconds: number; ended: number } | undefined {
  try {
    // proc(5): the fields from the state on, which is the third; times are in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, seconds: (utime + stime) / 100, ended: (cutime + cstime) / 100 };
  } catch {
    return undefined;
  }
}
