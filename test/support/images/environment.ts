/** What an image gives its process beside the pod's own environment: it decides how much memory that takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const dockerfile = join(import.meta.dirname, '..', '..', '..', 'Dockerfile');

/** The variables of the Dockerfile's stage, but PATH, which is the image's own. Throws an Error where it has none any more. */
export function imageEnvironment(stage: 'fetcher' | 'webhook'): Record<string, string> {
  const stages = readFileSync(dockerfile, 'utf8').split(/^FROM /m);
  const own = stages.find((text) => new RegExp(`^\\S+ AS ${stage}$`, 'm').test(text)) ?? '';
  // A pair's value is quoted where it has spaces.
  const pairs = [...own.matchAll(/^ENV (.+)$/gm)].flatMap(([, line = '']) => [
    ...line.matchAll(/([A-Z_]+)=(?:"([^"]*)"|(\S+))/g),
  ]);
  if (pairs.length === 0) throw new Error(`${dockerfile} has no ENV in its stage ${stage}`);
  const variables = pairs.map(([, name = '', quoted, bare = '']) => [name, quoted ?? bare]);
  return Object.fromEntries(variables.filter(([name]) => name !== 'PATH'));
}
