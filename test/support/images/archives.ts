/** Archives of the images, written anew only when an image changed: a node takes them in by file. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, fingerprint } from '../../../provision/cache.ts';
import { type Buildah, saveImage } from './storage.ts';

/** The paths of one archive for each image; older ones are deleted. */
export async function archiveImages(buildah: Buildah, names: readonly string[]): Promise<string[]> {
  const folder = join(cacheRoot(), 'e2e-images', 'archives');
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  for (const name of names) {
    const id = await buildah('inspect', '--type', 'image', '--format', '{{.FromImageID}}', name);
    // An archive holds the name too: the same image under another one is another archive.
    const file = join(folder, `${fingerprint({ words: [name, id] })}.tar`);
    if (!existsSync(file)) await saveImage(buildah, name, file);
    files.push(file);
  }
  for (const name of readdirSync(folder)) {
    if (!files.includes(join(folder, name))) rmSync(join(folder, name));
  }
  return files;
}
