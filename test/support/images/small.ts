/** Two images of a few megabytes, made from Debian's static busybox: the pods' sandbox, and what trains. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { findExecutable } from '../../../provision/binaries.ts';
import { fingerprint } from '../../../provision/cache.ts';
import { type Buildah, hasImage } from './storage.ts';

/** What kubelet and containerd ask for; it only has to be there and to wait. */
export const pauseImage = 'registry.k8s.io/pause:3.10';
/** A shell with find, sort, md5sum, cat: enough to say what a training container sees. */
export const trainerImage = 'dvc-injector.test/trainer:1';

const applets =
  'cat chmod chown cp dd echo env find grep head id kill ln ls md5sum mkdir mv nc ps readlink rm sh sha256sum sleep sort stat tail test touch true wc xargs';

/** Builds both, unless they are of this busybox already. `folder` is for the files on their way. */
export async function buildSmallImages(buildah: Buildah, folder: string): Promise<void> {
  const busybox = findExecutable('busybox');
  if (!busybox) throw new Error('busybox-static is not installed');
  const label = fingerprint({ files: [busybox], words: [applets, import.meta.filename] });
  await buildOne(buildah, { name: pauseImage, label, busybox, folder, entrypoint: '["/bin/sleep", "2147483647"]' });
  await buildOne(buildah, { name: trainerImage, label, busybox, folder, entrypoint: '["/bin/sh"]' });
}

interface Small {
  name: string;
  /** Says what the image was made of. */
  label: string;
  busybox: string;
  folder: string;
  entrypoint: string;
}

async function buildOne(buildah: Buildah, { name, label, busybox, folder, entrypoint }: Small): Promise<void> {
  const mark = `dvc-injector.test/made-of=${label}`;
  if (await hasImage(buildah, name, mark)) return;
  const root = join(folder, fingerprint({ words: [name] }));
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
  await execa('cp', ['--dereference', busybox, join(root, 'bin', 'busybox')]);
  for (const applet of applets.split(' ')) symlinkSync('busybox', join(root, 'bin', applet));
  const recipe = join(folder, `${fingerprint({ words: [name] })}.Dockerfile`);
  writeFileSync(
    recipe,
    `FROM scratch\nCOPY . /\nENV PATH=/bin\nLABEL ${mark.replace('=', '="')}"\nENTRYPOINT ${entrypoint}\n`,
  );
  await buildah('build', '--quiet', '--isolation', 'chroot', '--file', recipe, '--tag', name, root);
}
