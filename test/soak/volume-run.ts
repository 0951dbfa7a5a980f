/** One volume: fresh at first, then one round after the other on what the last one left. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { planVolume } from './choices.ts';
import type { Served } from './remote.ts';
import { type Hit, runRound } from './round.ts';
import { cachedObjects, volumeProblems } from './volume-check.ts';
import type { Wanted } from './wanted.ts';
import { watch } from './watch.ts';

/**
 * How long an undisturbed fetch takes, in milliseconds: onto an empty volume, and onto one that has most objects.
 * Rounds that know better change them.
 */
export interface Durations {
  cold: number;
  warm: number;
}

export interface VolumeRunOrder {
  folder: string;
  seed: number;
  /** No more than so many. */
  kills: number;
  served: Served;
  durations: Durations;
  signal: AbortSignal;
  say(line: string): void;
}

export interface VolumeRun {
  hits: Hit[];
  findings: string[];
  rounds: number;
  /** How often the watcher looked. */
  looks: number;
  /** Where the volume and the logs are kept; only where there is a finding. */
  folder: string | undefined;
}

/** Runs the rounds that the seed plans. The folder stays where there is a finding. */
export async function runVolume(order: VolumeRunOrder): Promise<VolumeRun> {
  const { seed, served, durations, signal } = order;
  const folder = join(order.folder, `seed-${seed}`);
  const volume = join(folder, 'volume');
  mkdirSync(volume, { recursive: true });
  const volumeRun: VolumeRun = { hits: [], findings: [], rounds: 0, looks: 0, folder };
  const watcher = watch(volume, served.datasets);
  const kept = new Set<string>();
  const published: Wanted[] = [];
  try {
    for (const plan of planVolume(seed, served.datasets.length)) {
      const left = order.kills - volumeRun.hits.length;
      const dataset = served.datasets[plan.dataset];
      if (left <= 0 || !dataset || volumeRun.findings.length > 0) break;
      served.proxy.reset();
      const expected = published.length === 0 ? durations.cold : durations.warm;
      const plannedKills = plan.plannedKills.slice(0, left);
      const logs = join(folder, 'logs');
      const round = await runRound({
        volume,
        logs,
        dataset,
        plan: { ...plan, plannedKills },
        served,
        expected,
        kept,
        signal,
      });
      // Nobody was hit: it was over sooner than expected, as the machine was busier when that was measured.
      if (round.hits.length === 0) durations[published.length === 0 ? 'cold' : 'warm'] = round.milliseconds;
      published.push(dataset);
      volumeRun.rounds += 1;
      volumeRun.hits.push(...round.hits);
      volumeRun.findings.push(...round.findings, ...volumeProblems(volume, published, kept));
      for (const oid of cachedObjects(volume)) kept.add(oid);
      order.say(`seed ${seed}: ${dataset.name}, ${describe(round.hits)}`);
    }
  } finally {
    const { findings, looks } = await watcher.end();
    volumeRun.findings.push(...findings);
    volumeRun.looks = looks;
  }
  if (volumeRun.findings.length > 0) return volumeRun;
  rmSync(folder, { recursive: true, force: true });
  return { ...volumeRun, folder: undefined };
}

function describe(hits: readonly Hit[]): string {
  return hits.length > 0
    ? hits.map(({ mode, phase }) => `${mode} in ${phase}`).join(', ')
    : 'over before anything was killed';
}
