/** The table of the rows, as text. */
import { type Row, titles } from './row.ts';

const headings = [
  '',
  'what',
  'wall s',
  '× h',
  'files',
  'missing',
  'S3 objects',
  'S3 requests',
  'S3 MB',
  'git requests',
  'RSS MB',
  'scratch MB',
  'CPU s: own',
  'tools',
  'others',
  'idle',
];

/** Lines of the table; extrapolated times carry a `~`, and notes below say from what. */
export function tableOf(rows: readonly Row[]): string {
  const floor = rows.find((row) => row.letter === 'h');
  const cells = rows.map((row) => cellsOf(row, floor?.ok ? floor.seconds : undefined));
  const whole = cells.filter((line) => line.length === headings.length); // a failed row is one sentence of any length
  const widths = headings.map((_, column) =>
    Math.max(...[headings, ...whole].map((line) => line[column]?.length ?? 0)),
  );
  const padded = (cell: string, column: number) =>
    column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const lines = [headings, ...cells].map((line) => line.map(padded).join('  ').trimEnd());
  return [...lines, '', ...rows.flatMap(noteOf)].join('\n');
}

function cellsOf(row: Row, floorSeconds: number | undefined): string[] {
  if (!row.ok) return [row.letter, `${titles[row.letter]}: FAILED: ${row.message}`];
  const rough = row.extrapolatedFrom === null ? '' : '~';
  return [
    row.letter,
    titles[row.letter],
    `${rough}${digits(row.seconds)}`,
    floorSeconds === undefined ? '' : `${rough}${digits(row.seconds / floorSeconds)}`,
    String(row.files),
    String(row.missing),
    `${rough}${row.s3Objects}`,
    `${rough}${row.s3Requests}`,
    `${rough}${megabytes(row.s3Bytes)}`,
    String(row.gitRequests),
    megabytes(row.peakRssBytes),
    row.peakScratchBytes === null ? '–' : megabytes(row.peakScratchBytes),
    ...(row.cpu === null
      ? ['–', '–', '–', '–']
      : [row.cpu.own, row.cpu.tools, row.cpu.others, row.cpu.idle].map(digits)),
  ];
}

function noteOf(row: Row): string[] {
  if (!row.ok) return [];
  if (row.extrapolatedFrom !== null) return [`~ ${row.letter} is extrapolated from ${row.extrapolatedFrom}`];
  if (row.runs.length < 2) return [];
  return [`  ${row.letter} is the median of ${row.runs.map(digits).join(', ')} s`];
}

function digits(number: number): string {
  return number >= 100 ? number.toFixed(0) : number.toFixed(number >= 10 ? 1 : 2);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
