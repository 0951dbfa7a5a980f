/** Both images of dvc-injector, built by the Dockerfile that a release is built by. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { version } from '../../../src/version.ts';
import type { Buildah } from './storage.ts';

/** As the chart and the configuration name them by default. */
export const webhookImage = `docker.io/library/dvc-injector:${version}`;
export const fetcherImage = `docker.io/library/dvc-injector-fetcher:${version}`;

const checkout = join(import.meta.dirname, '..', '..', '..');

/**
 * Builds both; a layer whose inputs are the same is taken from the storage.
 * @param from a commit; the working tree as it is now where undefined
 * @param folder for the files of that commit
 */
export async function buildProductImages(buildah: Buildah, from: string | undefined, folder: string): Promise<void> {
  const context = from === undefined ? checkout : await extract(from, join(folder, 'commit'));
  const settings = ['--isolation', 'chroot', '--network', 'host', '--layers', '--pull=false', '--quiet'];
  for (const [target, name] of [
    ['webhook', webhookImage],
    ['fetcher', fetcherImage],
  ] as const) {
    const labels = ['--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${from ?? 'working tree'}`];
    await buildah('build', ...settings, ...labels, '--target', target, '--tag', name, context);
  }
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
