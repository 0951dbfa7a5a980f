/** What a soak did, for people: which phases the kills hit, and what came of it. */
import { phases } from '../../src/fetch/report/progress.ts';
import { type KillMode, killModes } from './pod.ts';
import type { Soak } from './soak.ts';

/** The table of kills by phase and kind, one line each, then the figures. */
export function tableOf({ volumeRuns, downloads, findings }: Soak): string[] {
  const hits = volumeRuns.flatMap((volumeRun) => volumeRun.hits);
  const kinds = Object.keys(killModes) as KillMode[];
  const count = (phase: string | null, mode: KillMode | null) =>
    hits.filter((hit) => (phase === null || hit.phase === phase) && (mode === null || hit.mode === mode)).length;
  const line = (phase: string | null, name: string) =>
    [name.padEnd(12), ...[...kinds, null].map((mode) => String(count(phase, mode)).padStart(11))].join('');
  const sum = (pick: (volumeRun: Soak['volumeRuns'][number]) => number) =>
    volumeRuns.reduce((total, volumeRun) => total + pick(volumeRun), 0);
  return [
    ['killed in'.padEnd(12), ...[...kinds, 'all'].map((kind) => kind.padStart(11))].join(''),
    ...['start', ...Object.keys(phases)].map((phase) => line(phase, phase)),
    line(null, 'all'),
    '',
    `${volumeRuns.length} volumes, ${sum((volumeRun) => volumeRun.rounds)} rounds, ${sum((volumeRun) => volumeRun.looks)} looks at what is visible`,
    ...(downloads
      ? [
          `${downloads.kills} kills in one fetch: the server sent ${(downloads.sent / downloads.needed).toFixed(2)} × the objects' bytes`,
        ]
      : []),
    `${findings.length} findings`,
  ];
}
