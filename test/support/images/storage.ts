/** buildah with a storage of its own in the cache folder: the user's images are neither seen nor touched. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheRoot } from '../../../provision/cache.ts';

/** Runs buildah with these arguments; returns its stdout without the last newline, throws with its words where it fails. */
export type Buildah = (...args: string[]) => Promise<string>;

/** The storage in the cache folder; layers that were built once stay there. */
export function buildahInCache(): Buildah {
  const root = join(cacheRoot(), 'e2e-images');
  mkdirSync(root, { recursive: true });
  const storage = ['--root', join(root, 'storage'), '--runroot', join(root, 'run'), '--storage-driver', 'overlay'];
  return async (...args) => {
    const { stdout } = await execa('nice', ['buildah', ...storage, ...args], { stdin: 'ignore' });
    return stdout;
  };
}

/** Whether the storage has an image of this name with this label, written `key=value`. */
export async function hasImage(buildah: Buildah, name: string, label: string): Promise<boolean> {
  const filters = ['--filter', `reference=${name}`, '--filter', `label=${label}`];
  return (await buildah('images', '--quiet', ...filters)) !== '';
}

/** Writes an image to `file`, whole or not at all, as `ctr images import` and `kind load image-archive` take it. */
export async function saveImage(buildah: Buildah, name: string, file: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  rmSync(unfinished, { force: true }); // an archive is never added to
  await buildah('push', '--quiet', name, `docker-archive:${unfinished}:${name}`);
  renameSync(unfinished, file);
}
