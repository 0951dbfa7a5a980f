/**
 * Says how the parts of a release are called, one `name=value` a line, for the workflow that publishes them. It runs
 * before `npm ci`, so it needs no dependency. Usage: node scripts/release-names.ts v<version>
 */
import { readFileSync } from 'node:fs';
import { charts, images, registry } from '../src/config/images.ts';
import { version } from '../src/version.ts';

/**
 * The names by what they name: `version`, `host` of the registry, the images `webhook` and `fetcher` without tag, `charts`
 * and the images' `base`. Throws an Error of one sentence where `tag` isn't this version's, or where `changelog` has no
 * dated section of it.
 */
export function releaseNames(tag: string, changelog: string): Record<string, string> {
  if (tag !== `v${version}`) throw new Error(`the tag is "${tag}" and package.json's version is ${version}`);
  const heading = `## [${version}] - `;
  const dated = changelog.split('\n').some((line) => line.startsWith(heading) && /\d{4}-\d{2}-\d{2}$/.test(line));
  if (!dated) throw new Error(`CHANGELOG.md has no section "${heading}" with a date`);
  const base = /^ARG NODE_IMAGE=(\S+)$/m.exec(read('Dockerfile'))?.[1];
  const host = registry.split('/')[0];
  if (!base || !host) throw new Error('the Dockerfile names no base image, or src/config/images.ts no registry');
  return { version, host, ...images, charts, base };
}

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

if (import.meta.main) {
  try {
    const names = releaseNames(process.argv[2] ?? '', read('CHANGELOG.md'));
    for (const [name, value] of Object.entries(names)) console.log(`${name}=${value}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
