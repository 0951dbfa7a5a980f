/** The promises about a volume that must hold whenever all fetchers have ended. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { volumeLayout } from '../../src/dataset/layout.ts';
import { byContent } from '../../src/fetch/dvc-format/object-naming.ts';
import { cachedObjectPath } from '../../src/fetch/volume/object-cache.ts';
import { publishedProblems } from './tree-problems.ts';
import type { Wanted } from './wanted.ts';

/** The ids of the objects that are in a volume's cache. */
export function cachedObjects(volume: string): Set<string> {
  const cache = join(volumeLayout(volume).cache, 'files', 'md5');
  if (!existsSync(cache)) return new Set();
  const found = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return new Set(
    found.map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(cache.length + 1)
        .replace('/', ''),
    ),
  );
}

/**
 * What is wrong with a volume on which these datasets must be published. `kept` are the objects that were in its cache
 * at any earlier time: a kill may cost what was under way, and nothing that was kept.
 */
export function volumeProblems(volume: string, published: readonly Wanted[], kept: ReadonlySet<string>): string[] {
  const layout = volumeLayout(volume);
  const objects = cachedObjects(volume);
  const keys = published.map(({ key }) => key).sort();
  return [
    ...published.flatMap((dataset) =>
      (publishedProblems(volume, dataset, 'bytes') ?? ['is not published']).map((each) => `${dataset.name}: ${each}`),
    ),
    ...[...objects]
      .filter((oid) => !isSound(cachedObjectPath(layout, byContent, oid), oid))
      .map((oid) => `the cached object ${oid} is wrong`),
    ...[...kept].filter((oid) => !objects.has(oid)).map((oid) => `the cached object ${oid} is lost`),
    ...unexpected(layout.staging, []).map((name) => `staging/${name} is left`),
    ...unexpected(layout.trees, keys).map((name) => `trees/${name} does not belong there`),
    ...unexpected(layout.datasets, keys).map((name) => `datasets/${name} does not belong there`),
    ...unexpected(volume, ['cache', 'datasets', 'staging', 'state', 'trees']).map(
      (name) => `${name} does not belong there`,
    ),
    ...published
      .filter(({ key }) => phaseOf(layout.state(key)) !== 'published')
      .map(({ name }) => `${name}: its state is not "published"`),
  ];
}

function isSound(file: string, oid: string): boolean {
  return createHash('md5').update(readFileSync(file)).digest('hex') === oid.replace('.dir', '');
}

function unexpected(folder: string, expected: readonly string[]): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !expected.includes(name)) : [];
}

function phaseOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).phase;
  } catch {
    return undefined; // absent or half written: both are no state
  }
}
