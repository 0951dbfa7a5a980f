/** Everything that chance decides in one volume's rounds, drawn before the first fetch starts, so that a seed repeats it. */
import { phases } from '../../src/fetch/report/progress.ts';
import { seeded, shuffled } from '../support/dataset/random.ts';
import type { KillMode } from './pod.ts';

/** When a process is killed. */
export type Instant =
  /** At this part of the time that such a fetch takes, since the last kill. */
  | { part: number }
  /** So many milliseconds after a pod enters the phase. */
  | { phase: string; delay: number };

/** One kill. */
export interface PlannedKill {
  mode: KillMode;
  instant: Instant;
  /** Whether the pod that fetches is preferred, and else which of the pods, as a number in [0, 1). */
  leader: boolean;
  pod: number;
}

/** One round: a dataset that is fetched by several pods. */
export interface PlannedRound {
  /** Which dataset, as an index. */
  dataset: number;
  waiters: number;
  /** How many milliseconds after the one before it each waiter starts. */
  stagger: number;
  plannedKills: PlannedKill[];
}

/** The share of each kind; they sum up to 1. */
const shares: Record<KillMode, number> = { container: 0.45, process: 0.2, tool: 0.15, SIGTERM: 0.2 };
const mostKills = 4;

/** The rounds of one volume: each dataset at most once, as what is published needs no second fetch. */
export function planVolume(seed: number, datasets: number): PlannedRound[] {
  const random = seeded(seed);
  const count = 1 + Math.floor(random() * datasets);
  return shuffled(datasets, random)
    .slice(0, count)
    .map((dataset) => ({
      dataset,
      waiters: 1 + Math.floor(random() * 2),
      stagger: Math.floor(random() * 400),
      plannedKills: Array.from({ length: 1 + Math.floor(random() * mostKills) }, () => planKill(random)),
    }));
}

function planKill(random: () => number): PlannedKill {
  const [kind, leader, pod, aimed, part, phase, delay] = Array.from({ length: 7 }, random) as Numbers7;
  const names = Object.keys(phases);
  // Most phases are short: without aim hardly a kill would fall into them.
  const instant =
    aimed < 0.5 ? { part } : { phase: names[Math.floor(phase * names.length)] ?? '', delay: Math.floor(delay * 150) };
  return { mode: chooseMode(kind), instant, leader: leader < 0.7, pod };
}

type Numbers7 = [number, number, number, number, number, number, number];

function chooseMode(number: number): KillMode {
  let sum = 0;
  for (const [mode, share] of Object.entries(shares)) {
    sum += share;
    if (number < sum) return mode as KillMode;
  }
  return 'container';
}
