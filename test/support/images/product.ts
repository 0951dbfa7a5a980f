/** Both images of dvc-injector, built by the Dockerfile that a release is built by. */
import { globSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { fingerprint } from '../../../provision/cache.ts';
import { images } from '../../../src/config/images.ts';
import { version } from '../../../src/version.ts';
import { type Buildah, hasImage } from './storage.ts';

/** As the chart and the configuration name them by default. */
export const webhookImage = `${images.webhook}:${version}`;
export const fetcherImage = `${images.fetcher}:${version}`;

const checkout = join(import.meta.dirname, '..', '..', '..');

/** What .dockerignore lets through, and the recipe itself. */
const inputs = [
  'Dockerfile',
  '.dockerignore',
  'package.json',
  'package-lock.json',
  '.npmrc',
  'LICENSE',
  'tsconfig*.json',
  'scripts/build.ts',
  'src/**',
  'requirements/**',
];

/**
 * Builds both, unless they were built of the same files on the same base.
 * @param from a commit; the working tree as it is now where undefined
 * @param base what the base image was made of
 * @param folder for the files of that commit
 */
export async function buildProductImages(
  buildah: Buildah,
  { from, base, folder }: { from: string | undefined; base: string; folder: string },
): Promise<void> {
  const context = from === undefined ? checkout : await extract(from, join(folder, 'commit'));
  const mark = `dvc-injector.test/made-of=${contentOf(context, base)}`;
  const settings = ['--isolation', 'chroot', '--network', 'host', '--layers', '--pull=false', '--quiet'];
  for (const [target, name] of [
    ['webhook', webhookImage],
    ['fetcher', fetcherImage],
  ] as const) {
    if (await hasImage(buildah, name, mark)) continue;
    const labels = ['--build-arg', `VERSION=${version}`, '--label', mark];
    await buildah('build', ...settings, ...labels, '--target', target, '--tag', name, context);
  }
}

function contentOf(context: string, base: string): string {
  const names = inputs.flatMap((pattern) => globSync(pattern, { cwd: context })).sort();
  const files = names.filter((name) => statSync(join(context, name)).isFile());
  return fingerprint({ words: [base, ...files], files: files.map((name) => join(context, name)) });
}

async function extract(commit: string, folder: string): Promise<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const archive = `${folder}.tar`;
  await execa('git', ['archive', '--format=tar', '--output', archive, commit], { cwd: checkout });
  await execa('tar', ['-x', '-f', archive, '-C', folder]);
  rmSync(archive);
  return folder;
}
