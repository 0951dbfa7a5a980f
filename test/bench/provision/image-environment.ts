/** What the fetcher image gives its process beside the pod's own environment: it decides how much memory that takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const dockerfile = join(import.meta.dirname, '..', '..', '..', 'Dockerfile');

/** The variables of the Dockerfile's stage `fetcher`. Throws an Error where it has none any more. */
export function imageEnvironment(): Record<string, string> {
  const [, stage = ''] = readFileSync(dockerfile, 'utf8').split(/^FROM \S+ AS fetcher$/m);
  const [own = ''] = stage.split(/^FROM /m);
  const pairs = [...own.matchAll(/^ENV (.+)$/gm)].flatMap(([, line = '']) => line.split(' '));
  if (pairs.length === 0) throw new Error(`${dockerfile} has no ENV in its stage fetcher`);
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
