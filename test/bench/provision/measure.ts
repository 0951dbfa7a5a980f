/** Runs one command and watches it: how long it takes, how much processor time, memory and scratch it has. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';

/** A command to be measured. */
export interface Command {
  program: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** The folder whose disk use is watched. */
  scratch?: string;
}

/** What it took. */
export interface Measured {
  seconds: number;
  /** Of the process itself, without its children. */
  peakRssBytes: number;
  peakScratchBytes: number | null;
  /** Processor time in seconds: of the process itself, and of the programs that it ran. */
  ownCpu: number;
  toolsCpu: number;
}

/** The command ended badly. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
}

/**
 * Runs it to its end. Throws CommandFailed with its exit code and the last thing that it said; the signal's reason
 * where that ends it.
 */
export async function measure(command: Command, signal: AbortSignal): Promise<Measured> {
  signal.throwIfAborted();
  const started = performance.now();
  // The kernel ends it with us, however we end: it would go on writing below a mount point that is none any more.
  const child = execa('setpriv', ['--pdeathsig', 'TERM', '--', command.program, ...command.args], {
    cwd: command.cwd,
    env: command.env,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    maxBuffer: 64 * 1024 * 1024,
    cancelSignal: signal,
    forceKillAfterDelay: 20_000, // long enough for the fetcher to stop its children and empty its scratch
  });
  const over = new AbortController();
  const use = watchProcess(child.pid, over.signal);
  const scratch = command.scratch === undefined ? null : watchDisk(command.scratch, over.signal);
  const result = await child;
  const seconds = (performance.now() - started) / 1000;
  over.abort();
  signal.throwIfAborted();
  const measured = { seconds, ...(await use), peakScratchBytes: await scratch };
  if (result.failed) throw new CommandFailed(failure(command, result));
  return measured;
}

type Use = Pick<Measured, 'peakRssBytes' | 'ownCpu' | 'toolsCpu'>;

/** The kernel adds all of it up itself, so what matters is only to ask once more shortly before the end. */
async function watchProcess(pid: number | undefined, over: AbortSignal): Promise<Use> {
  let use: Use = { peakRssBytes: 0, ownCpu: 0, toolsCpu: 0 };
  while (!over.aborted && pid !== undefined) {
    use = useOf(pid) ?? use;
    await sleep(20);
  }
  return use;
}

/** Undefined once it has ended. */
function useOf(pid: number): Use | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (peak === undefined) return undefined;
    // proc(5): the fields from the state on, which is the third; times are in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return { peakRssBytes: Number(peak) * 1024, ownCpu: (utime + stime) / 100, toolsCpu: (cutime + cstime) / 100 };
  } catch {
    return undefined;
  }
}

/** Disk blocks, as the kubelet counts them for evictions. Looking costs time too, so it is done a twentieth of the time. */
async function watchDisk(folder: string, over: AbortSignal): Promise<number> {
  let peak = 0;
  while (!over.aborted) {
    const started = performance.now();
    // Files vanish under its feet: it says so and counts on.
    const { stdout } = await execa('du', ['--summarize', '--block-size=1', folder], { reject: false });
    peak = Math.max(peak, Number.parseInt(stdout, 10) || 0);
    await sleep(Math.max(50, 20 * (performance.now() - started)), undefined, { signal: over }).catch(() => undefined);
  }
  return peak;
}

interface Ending {
  exitCode?: number | undefined;
  signal?: string | undefined;
  all?: string | undefined;
  shortMessage?: string | undefined;
}

function failure(command: Command, result: Ending): string {
  const said = (result.all ?? '').trimEnd().split('\n').at(-1) || result.shortMessage || 'nothing';
  const how = result.exitCode === undefined ? `was ended by ${result.signal}` : `exit code ${result.exitCode}`;
  return `${command.program.split('/').at(-1)}: ${how}: ${said.slice(0, 400)}`;
}
