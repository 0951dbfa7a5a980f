/** Prints reports: as JSON or YAML for programs, as a table for people. */
import { stringify } from 'yaml';
import { humanBytes } from '../fetch/report/format.ts';
import { oneLine } from '../text.ts';
import type { WorkingCopy } from './local.ts';
import type { DatasetReport } from './report.ts';

/** The text for stdout. `local` is the working copy that was checked, if any. */
export function printReports(
  datasets: readonly DatasetReport[],
  local: WorkingCopy | null,
  format: 'table' | 'json' | 'yaml',
): string {
  const { dataset: _, ...copy } = local ?? { dataset: null };
  const value = { datasets, ...(local ? { workingCopy: copy } : {}) };
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  if (format === 'yaml') return stringify(value, { lineWidth: 0 });
  return [...(local ? [copyText(local)] : []), ...datasets.map(reportText)].join('\n');
}

/** So many missing files and bad lines are shown to people. */
const mostShown = 20;

function reportText(report: DatasetReport): string {
  const rows: [string, string][] = [['result', `${report.ok ? 'ok' : `exit ${report.exitCode}`}: ${report.message}`]];
  const { remote, largestFile, onVolume, estimate, files, bytes } = report;
  if (remote) rows.push(['remote', `${remote.name} (${remote.url})`]);
  for (const each of report.credentials) rows.push([`${each.for} credentials`, each.from]);
  for (const { path, oid } of report.outputs.slice(0, mostShown)) rows.push(['output', `${path} (${oid})`]);
  if (files !== null) {
    const size = bytes === null ? 'of unknown size' : `${report.bytesAreEstimated ? 'about ' : ''}${humanBytes(bytes)}`;
    rows.push(['files', `${files}, ${size}`]);
  }
  if (largestFile) rows.push(['largest file', `${largestFile.path} (${humanBytes(largestFile.bytes)})`]);
  if (onVolume) rows.push(['on the volume', `${onVolume.files} objects, ${humanBytes(onVolume.bytes)}`]);
  if (estimate) {
    const { filesPerSecond, bytesPerSecond } = estimate.assumed;
    const assumed = `assuming ${filesPerSecond} files/s and ${humanBytes(bytesPerSecond)}/s`;
    rows.push([
      'estimate',
      `${estimate.seconds} s, ${humanBytes(estimate.scratchBytes)} of scratch at least; ${assumed}`,
    ]);
  }
  rows.push(
    ...shown(
      'missing',
      report.missing.map(({ path, hash }) => `${path} (${hash})`),
    ),
  );
  rows.push(
    ...shown(
      'bad line',
      report.badLines.map(({ line, text, reason }) => `${line}: ${JSON.stringify(text)} ${reason}`),
    ),
  );
  return `${oneLine(report.dataset)}\n${tableOf(rows)}`;
}

function copyText({ revision, repository, pushed, advice, uncommitted, splits, annotations }: WorkingCopy): string {
  const rows: [string, string][] = [
    ['HEAD', revision],
    ['pushed', pushed ? `to ${repository}` : `no: ${advice}`],
    ...shown('not committed', uncommitted),
    ['splits', splits.slice(0, mostShown).join(', ')],
  ];
  return `working copy\n${tableOf(rows)}\n${annotations}`;
}

function shown(name: string, items: readonly string[]): [string, string][] {
  const rows = items.slice(0, mostShown).map((item): [string, string] => [name, item]);
  return items.length > mostShown
    ? [...rows, [name, `and ${items.length - mostShown} more (-o json has them all)`]]
    : rows;
}

function tableOf(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `  ${name.padEnd(width)}${oneLine(value)}\n`).join('');
}
