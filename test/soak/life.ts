/** One volume's life: fresh at first, then one round after the other on what the last one left. */
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

export interface LifeOrder {
  folder: string;
  seed: number;
  /** No more than so many. */
  kills: number;
  served: Served;
  durations: Durations;
  signal: AbortSignal;
  say(line: string): void;
}

export interface Life {
  hits: Hit[];
  findings: string[];
  rounds: number;
  /** How often the watcher looked. */
  looks: number;
  /** Where the volume and the logs are kept; only where there is a finding. */
  folder: string | undefined;
}

/** Runs the rounds that the seed plans. The folder stays where there is a finding. */
export async function liveVolume(order: LifeOrder): Promise<Life> {
  const { seed, served, durations, signal } = order;
  const folder = join(order.folder, `seed-${seed}`);
  const volume = join(folder, 'volume');
  mkdirSync(volume, { recursive: true });
  const life: Life = { hits: [], findings: [], rounds: 0, looks: 0, folder };
  const watcher = watch(volume, served.datasets);
  const kept = new Set<string>();
  const published: Wanted[] = [];
  try {
    for (const plan of planVolume(seed, served.datasets.length)) {
      const left = order.kills - life.hits.length;
      const dataset = served.datasets[plan.dataset];
      if (left <= 0 || !dataset || life.findings.length > 0) break;
      served.proxy.reset();
      const expected = published.length === 0 ? durations.cold : durations.warm;
      const blows = plan.blows.slice(0, left);
      const logs = join(folder, 'logs');
      const round = await runRound({ volume, logs, dataset, plan: { ...plan, blows }, served, expected, kept, signal });
      // Nobody was hit: it was over sooner than expected, as the machine was busier when that was measured.
      if (round.hits.length === 0) durations[published.length === 0 ? 'cold' : 'warm'] = round.milliseconds;
      published.push(dataset);
      life.rounds += 1;
      life.hits.push(...round.hits);
      life.findings.push(...round.findings, ...volumeProblems(volume, published, kept));
      for (const oid of cachedObjects(volume)) kept.add(oid);
      order.say(`seed ${seed}: ${dataset.name}, ${describe(round.hits)}`);
    }
  } finally {
    const { findings, looks } = await watcher.end();
    life.findings.push(...findings);
    life.looks = looks;
  }
  if (life.findings.length > 0) return life;
  rmSync(folder, { recursive: true, force: true });
  return { ...life, folder: undefined };
}

function describe(hits: readonly Hit[]): string {
  return hits.length > 0 ? hits.map(({ blow, phase }) => `${blow} in ${phase}`).join(', ') : 'over before a blow fell';
}
