/** The table of a run, as text. */
import type { Figures } from './figures.ts';

const headings = [
  'reviews',
  'connections',
  'server',
  'requests/s',
  '× bare Node',
  'p50 ms',
  'p99 ms',
  '× bare Node',
  'CPU µs',
  'RSS MiB',
  'disturbed',
];

export function tableOf(figures: readonly Figures[]): string {
  return textTable(headings, figures.map(cellsOf), 3);
}

function cellsOf(figures: Figures): string[] {
  const { kind, connections, server, requestsPerSecond, ratio, p50, p99, cpuMicros, rss, disturbed, turns } = figures;
  return [
    kind,
    String(connections),
    server,
    requestsPerSecond.toFixed(0),
    ratio ? ratio.requests.toFixed(2) : '',
    p50.toFixed(2),
    p99.toFixed(2),
    ratio ? ratio.p99.toFixed(2) : '',
    cpuMicros.toFixed(0),
    (rss / 2 ** 20).toFixed(0),
    disturbed === 0 ? '' : `! ${disturbed} of ${turns}`,
  ];
}

/** Columns of their widest cell's width; the first ones, which are words, begin at the left. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[], words: number): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((line) => line[column]?.length ?? 0)));
  const padded = (cell: string, column: number) =>
    column < words ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return [head, ...rows].map((line) => line.map(padded).join('  ').trimEnd()).join('\n');
}
