/**
 * Writes the chart's files that repeat what the code says: values.schema.json, files/annotations.json, files/kinds.json, the versions
 * in Chart.yaml, the image in values.yaml and the table in README.md. With `--check` it writes nothing and fails where one
 * is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { annotations } from '../../src/admission/annotations.ts';
import { images } from '../../src/config/images.ts';
import { version } from '../../src/version.ts';
import { kindsFile } from './kinds-cel.ts';
import { valuesSchema } from './values-schema.ts';
import { valuesTable } from './values-table.ts';

/** The generated files' texts by their path in the chart. */
export function chartFiles(): Record<string, string> {
  return {
    'Chart.yaml': chartWithVersion(read('Chart.yaml')),
    'README.md': readme(),
    'values.yaml': values(),
    'values.schema.json': json(valuesSchema()),
    'files/annotations.json': json(knownAnnotations()),
    'files/kinds.json': json(kindsFile()),
  };
}

/** Only what stands below the marker is written here; the text above it is a person's. */
function readme(): string {
  const marker = '<!-- Below: made from values.yaml by `node deploy/chart/generate.ts`; edit the comments there. -->';
  const [text] = read('README.md').split(marker);
  return `${text}${marker}\n\n${valuesTable(values())}\n`;
}

/** Names behind `dvc.io/`; `named` ones may be followed by `.<dataset>`. */
function knownAnnotations(): { named: string[]; plain: string[] } {
  const names = (named: boolean) =>
    Object.entries(annotations).flatMap(([name, row]) => (row.named === named ? [name] : []));
  return { named: names(true), plain: names(false) };
}

function chartWithVersion(text: string): string {
  return text.replace(/^version: .*$/m, `version: ${version}`).replace(/^appVersion: .*$/m, `appVersion: "${version}"`);
}

/** Only the image's name is written here. */
function values(): string {
  return read('values.yaml').replace(/(?<=^image:\n(?: .*\n)*? {2}repository: ).*$/m, images.webhook);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Paths of generated files whose text on disk is another. */
export function staleChartFiles(): string[] {
  return Object.entries(chartFiles()).flatMap(([path, text]) => (present(path) === text ? [] : [path]));
}

function read(path: string): string {
  return readFileSync(join(import.meta.dirname, path), 'utf8');
}

function present(path: string): string | null {
  try {
    return read(path);
  } catch {
    return null;
  }
}

if (import.meta.main) {
  const stale = staleChartFiles();
  if (!process.argv.includes('--check')) {
    const files = chartFiles();
    for (const path of stale) writeFileSync(join(import.meta.dirname, path), files[path] ?? '');
  } else if (stale.length > 0) {
    console.error(`deploy/chart: ${stale.join(', ')} is not what the code says; run node deploy/chart/generate.ts`);
    process.exitCode = 1;
  }
}
