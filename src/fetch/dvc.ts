/** Real DVC in generated workspaces on scratch: no git, no repository's configuration, nothing of the user's. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ChildResult, runChild } from './child.ts';
import { FetchFailure } from './failure.ts';
import type { Remote } from './remote.ts';
import type { DirObject } from './subset.ts';

/** Runs DVC. */
export interface DvcContext {
  /** A folder on scratch. */
  folder: string;
  env: Readonly<Record<string, string>>;
  jobs: number;
  signal: AbortSignal;
}

/** One generated DVC project. */
export interface Workspace {
  root: string;
  /** Where DVC checks the files out. */
  data: string;
  run(args: readonly string[]): Promise<ChildResult>;
  /** The path of an object in this workspace's cache. */
  object(oid: string): string;
}

const remoteAlias = 'origin';

/** `dvc --version`. @throws {FetchFailure} `configuration` where there is no DVC, or one that does not start */
export async function dvcVersion(context: DvcContext): Promise<string> {
  const { exitCode, stdout, stderr } = await runChild('dvc', ['--version'], { ...context, cwd: context.folder });
  const version = /^[0-9]+(?:\.[0-9]+)+\S*/.exec(stdout.toString().trim())?.[0];
  if (exitCode !== 0 || version === undefined) {
    throw new FetchFailure('configuration', `dvc --version fails: install DVC 3 anew or use the fetcher image`, {
      details: stderr.trim().split('\n').slice(-10),
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
export async function makeWorkspace(context: DvcContext, name: string, remote: Remote): Promise<Workspace> {
  const root = join(context.folder, name);
  const cache = join(root, 'cache');
  await mkdir(join(root, '.dvc'), { recursive: true });
  await mkdir(join(root, 'site'));
  await writeFile(join(root, '.dvc', 'config'), workspaceConfig(root, cache, remote));
  return {
    root,
    data: join(root, 'data'),
    run: (args) => runChild('dvc', args, { cwd: root, env: context.env, signal: context.signal }),
    object: (oid) => join(cache, 'files', 'md5', oid.slice(0, 2), oid.slice(2)),
  };
}

/** Puts a `.dir` object into the workspace's cache, and metadata that names it. */
export async function trackDirObject(workspace: Workspace, { oid, bytes, entries }: DirObject): Promise<void> {
  const path = workspace.object(oid);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  const metadata = ['outs:', `- md5: ${oid}`, `  nfiles: ${entries.length}`, '  hash: md5', '  path: data', ''];
  await writeFile(join(workspace.root, 'data.dvc'), metadata.join('\n'));
}

/** How DVC is told of an object at the remote, in the layout of DVC 3. */
export function remoteObject(oid: string): string {
  return `remote://${remoteAlias}/files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`;
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
    '',
  ].join('\n');
}
