/** Everything that the rows share in one run, and what a row gives back. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Programs } from '../../support/programs/programs.ts';
import type { Dataset, Entry } from './dataset.ts';
import { type Command, type Measured, measure } from './measure.ts';
import type { Options } from './options.ts';
import type { Outside } from './outside.ts';
import type { Figures } from './row.ts';

export interface Bench {
  options: Options;
  dataset: Dataset;
  programs: Programs;
  outside: Outside;
  /** A temporary folder, removed at the end. */
  run: string;
  /** The command line of dvc-injector, without its subcommand. */
  cli: readonly [program: string, ...args: string[]];
  /** The environment for git and DVC, isolated from the user's own. */
  tools: Readonly<Record<string, string>>;
  /** Ends everything when the benchmark is interrupted. */
  signal: AbortSignal;
  /** Returns the path of a folder of this run's in memory that was not there before; it isn't made. */
  fresh(name: string): string;
}

/** Gives each folder a number of its own. */
export function freshFolders(run: string): (name: string) => string {
  let count = 0;
  return (name) => {
    count += 1;
    return join(run, `${name}-${count}`);
  };
}

/** Runs the commands together or, where they depend on one another, in order; and counts what they ask of the outside. */
export async function figuresOf(
  bench: Bench,
  commands: readonly Command[],
  how: 'together' | 'in order',
  result: { files: number; missing: number },
): Promise<Figures> {
  await bench.outside.reset();
  const before = machineTimes();
  const started = performance.now();
  const measured: Measured[] = [];
  if (how === 'together') {
    // All are awaited, also where one fails: none may outlive its row.
    const settled = await Promise.allSettled(commands.map((command) => measure(command, bench.signal)));
    for (const each of settled) {
      if (each.status === 'rejected') throw each.reason;
      measured.push(each.value);
    }
  } else {
    for (const command of commands) measured.push(await measure(command, bench.signal));
  }
  const seconds = (performance.now() - started) / 1000;
  const after = machineTimes();
  const own = sumOf(measured.map(({ ownCpu }) => ownCpu));
  const tools = sumOf(measured.map(({ toolsCpu }) => toolsCpu));
  const others = Math.max(0, after.busy - before.busy - own - tools);
  const scratch = measured.flatMap(({ peakScratchBytes }) => peakScratchBytes ?? []);
  return {
    ...(await bench.outside.counts()),
    ...result,
    seconds,
    peakRssBytes: Math.max(...measured.map(({ peakRssBytes }) => peakRssBytes)),
    peakScratchBytes: scratch.length === 0 ? null : Math.max(...scratch),
    cpu: { own, tools, others, idle: after.idle - before.idle },
  };
}

/** Of all processors together since the machine was started, in seconds. */
function machineTimes(): { busy: number; idle: number } {
  const all = cpus().map(({ times }) => times);
  const idle = sumOf(all.map((times) => times.idle));
  return { busy: (sumOf(all.flatMap((times) => Object.values(times))) - idle) / 1000, idle: idle / 1000 };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** How many contents these entries have that none of `known` has. */
export function missingFrom(known: readonly Entry[], entries: readonly Entry[]): number {
  const had = new Set(known.map(({ md5 }) => md5));
  return new Set(entries.map(({ md5 }) => md5).filter((md5) => !had.has(md5))).size;
}
