/** What a soak did, for people: which phases the kills hit, and what came of it. */
import { phases } from '../../src/fetch/report/progress.ts';
import { type Blow, blows } from './pod.ts';
import type { Soak } from './soak.ts';

/** The table of kills by phase and kind, one line each, then the figures. */
export function tableOf({ lives, downloads, findings }: Soak): string[] {
  const hits = lives.flatMap((life) => life.hits);
  const kinds = Object.keys(blows) as Blow[];
  const count = (phase: string | null, blow: Blow | null) =>
    hits.filter((hit) => (phase === null || hit.phase === phase) && (blow === null || hit.blow === blow)).length;
  const line = (phase: string | null, name: string) =>
    [name.padEnd(12), ...[...kinds, null].map((blow) => String(count(phase, blow)).padStart(11))].join('');
  const sum = (pick: (life: Soak['lives'][number]) => number) => lives.reduce((total, life) => total + pick(life), 0);
  return [
    ['killed in'.padEnd(12), ...[...kinds, 'all'].map((kind) => kind.padStart(11))].join(''),
    ...['start', ...Object.keys(phases)].map((phase) => line(phase, phase)),
    line(null, 'all'),
    '',
    `${lives.length} volumes, ${sum((life) => life.rounds)} rounds, ${sum((life) => life.looks)} looks at what is visible`,
    ...(downloads
      ? [
          `${downloads.kills} kills in one fetch: the server sent ${(downloads.sent / downloads.needed).toFixed(2)} × the objects' bytes`,
        ]
      : []),
    `${findings.length} findings`,
  ];
}
