/** Real DVC in generated workspaces on scratch: no git, no repository's configuration, nothing of the user's. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { deriveDirObject } from '../dvc-format/subset.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { lastLines, runChild } from '../process/run-process.ts';
import { type Remote, remoteAlias } from '../remote/choose-remote.ts';
import { writeScratchFile } from '../scratch/scratch-file.ts';
import type { Dvc, FetchContext } from './context.ts';
import type { DvcResult } from './fork-server.ts';

/** A remote without an object in it: with it DVC spares the modules and the requests of a real one, half of its start. */
export const emptyRemoteAlias = 'nothing';

/** One generated DVC project. */
export interface Workspace {
  root: string;
  /** Where DVC checks an object out. */
  file(oid: string): string;
  /** `stop`, where given, ends DVC early: then the exit code is null. */
  run(args: readonly string[], stop?: AbortSignal): Promise<DvcResult>;
  /** The path of an object in this workspace's cache. */
  object(oid: string): string;
  /** How DVC is told of an object at the remote. */
  remoteObject(oid: string): string;
}

/** `dvc --version`. @throws {FetchFailure} `configuration` where there is no DVC, or one that does not start */
export async function dvcVersion({ folder, env }: Pick<Dvc, 'folder' | 'env'>, signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await runChild('dvc', ['--version'], { cwd: folder, env, signal });
  const version = /^[0-9]+(?:\.[0-9]+)+\S*/.exec(stdout.toString().trim())?.[0];
  if (exitCode !== 0 || version === undefined) {
    throw new FetchFailure('configuration', `dvc --version fails: install DVC 3 anew or use the fetcher image`, {
      details: lastLines(stderr),
    });
  }
  if (Number.parseInt(version, 10) < 3) {
    throw new FetchFailure(
      'configuration',
      `DVC ${version} is on the PATH and DVC 3 is needed: use the fetcher image, or install it`,
    );
  }
  return version;
}

/** Makes a project that knows one remote, from settings that were checked one by one. */
export async function makeWorkspace(
  { dvc, remote, objectNaming, signal }: Pick<FetchContext, 'dvc' | 'remote' | 'objectNaming' | 'signal'>,
  name: string,
): Promise<Workspace> {
  const root = join(dvc.folder, name);
  const cache = join(root, 'cache');
  const configs = join(root, '.dvc');
  await mkdir(configs, { recursive: true });
  await mkdir(join(root, 'site'));
  await mkdir(join(root, emptyRemoteAlias));
  await writeScratchFile(join(configs, 'config'), workspaceConfig(root, cache, remote));
  if (dvc.localConfig !== null) await writeScratchFile(join(configs, 'config.local'), dvc.localConfig, 0o600);
  return {
    root,
    file: (oid) => join(root, 'data', oid),
    async run(args, stop) {
      const ends = { signal, ...(stop ? { stop } : {}) };
      return (await dvc.forks.run(args, root, ends)) ?? runChild('dvc', args, { cwd: root, env: dvc.env, ...ends });
    },
    object: (oid) => join(cache, objectNaming.path(oid)),
    remoteObject: (oid) => `remote://${remoteAlias}/${objectNaming.path(oid)}`,
  };
}

/**
 * Makes these objects what the workspace tracks: a folder of files that are called as their objects are. For each folder
 * of the dataset's own DVC would ask its database a few times more, which for a hundred of them takes as long as for
 * six hundred files.
 */
export async function trackObjects(
  workspace: Workspace,
  oids: readonly string[],
  { hash }: ObjectNaming,
): Promise<void> {
  const { oid, bytes, entries } = deriveDirObject(oids.map((md5) => ({ md5, relpath: md5 })));
  const path = workspace.object(oid);
  await mkdir(dirname(path), { recursive: true });
  await writeScratchFile(path, bytes);
  // Metadata of DVC 2 says nothing of its hash, and that is how DVC 3 knows it.
  const named = hash === 'md5' ? ['  hash: md5'] : [];
  const metadata = ['outs:', `- md5: ${oid}`, `  nfiles: ${entries.length}`, ...named, '  path: data', ''];
  await writeScratchFile(join(workspace.root, 'data.dvc'), metadata.join('\n'));
}

function workspaceConfig(root: string, cache: string, remote: Remote): string {
  const section = (name: string, values: Record<string, string>) =>
    [`[${name}]`, ...Object.entries(values).map(([key, value]) => `    ${key} = "${value}"`)].join('\n');
  return [
    section('core', {
      no_scm: 'true',
      analytics: 'false',
      check_update: 'false',
      autostage: 'false',
      site_cache_dir: join(root, 'site'), // SQLite, so never on the volume
      remote: remoteAlias,
    }),
    // One copy on scratch: the checked-out files are the cache's own.
    section('cache', { dir: cache, type: 'hardlink' }),
    // `verify` hashes what arrives; without it DVC takes a corrupt object's name for its content.
    section(`'remote "${remoteAlias}"'`, { ...remote.settings, verify: 'true' }),
    section(`'remote "${emptyRemoteAlias}"'`, { url: join(root, emptyRemoteAlias) }),
    '',
  ].join('\n');
}
