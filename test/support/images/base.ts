/**
 * The Dockerfile's base, `node:24-bookworm-slim`, made here under that very name where no registry can be asked: Debian's
 * minimal system by debootstrap, the node that `npm ci` installed, npm, and the certificates that this machine trusts.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { findExecutable } from '../../../provision/binaries.ts';
import { fingerprint } from '../../../provision/cache.ts';
import { type Buildah, hasImage } from './storage.ts';

export const baseImage = 'docker.io/library/node:24-bookworm-slim';
const suite = 'bookworm';
const packages = 'ca-certificates,git,openssh-client';
const certificates = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Builds it unless it is of this node, npm and these certificates already (half a minute); returns what it was made of.
 * @param folder for the system on its way; it has to be on a file system that allows device nodes
 */
export async function buildBaseImage(buildah: Buildah, folder: string): Promise<string> {
  const npm = await npmFolder();
  const files = [certificates, join(npm, 'package.json')];
  const mark = `dvc-injector.test/made-of=${fingerprint({ files, words: [process.version, suite, packages] })}`;
  if (await hasImage(buildah, baseImage, mark)) return mark;
  const root = join(folder, 'base');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  await execa('nice', ['debootstrap', '--variant=minbase', `--include=${packages}`, suite, root], { stdin: 'ignore' });
  emptyFolders(root, ['var/cache/apt/archives', 'var/lib/apt/lists', 'var/log', 'usr/share/doc', 'usr/share/locale']);
  addNode(root, npm);
  trust(root);
  const recipe = join(folder, 'base.Dockerfile');
  writeFileSync(recipe, `FROM scratch\nCOPY . /\nLABEL ${mark.replace('=', '="')}"\nCMD ["node"]\n`);
  await buildah('build', '--quiet', '--isolation', 'chroot', '--file', recipe, '--tag', baseImage, root);
  rmSync(root, { recursive: true, force: true });
  return mark;
}

function emptyFolders(root: string, folders: readonly string[]): void {
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder))) rmSync(join(root, folder, name), { recursive: true });
  }
}

/** As the official image has them: in /usr/local. */
function addNode(root: string, npm: string): void {
  const local = join(root, 'usr', 'local');
  cpSync(process.execPath, join(local, 'bin', 'node'));
  cpSync(npm, join(local, 'lib', 'node_modules', 'npm'), { recursive: true, dereference: true });
  for (const [name, file] of [
    ['npm', 'npm-cli.js'],
    ['npx', 'npx-cli.js'],
  ] as const) {
    writeFileSync(
      join(local, 'bin', name),
      `#!/bin/sh\nexec /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/${file} "$@"\n`,
      { mode: 0o755 },
    );
  }
}

/**
 * A company's proxy may sign what npm and pip download. By files and not by variables, which the images would inherit:
 * the fetcher in them has to get along with Debian's certificates and the ConfigMap that it is given.
 */
function trust(root: string): void {
  const own = join(root, certificates);
  mkdirSync(dirname(own), { recursive: true });
  writeFileSync(own, readFileSync(certificates));
  mkdirSync(join(root, 'usr/local/etc'), { recursive: true });
  writeFileSync(join(root, 'usr/local/etc/npmrc'), `cafile=${certificates}\n`);
  writeFileSync(join(root, 'etc/pip.conf'), `[global]\ncert = ${certificates}\n`);
}

/** The npm that is on the PATH, which runs under any Node that it supports. */
async function npmFolder(): Promise<string> {
  const npm = findExecutable('npm');
  if (!npm) throw new Error('there is no npm on the PATH to put into the base image');
  return dirname(dirname(realpathSync(npm)));
}
