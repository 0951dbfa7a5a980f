/** A working copy before it is used: is HEAD pushed, is something of its datasets uncommitted, and what is the annotation? */
import { resolve } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { parseDirectories } from '../dataset/directories.ts';
import { identifyDataset } from '../dataset/identity.ts';
import { InvalidReference } from '../dataset/invalid-reference.ts';
import { formatReference } from '../dataset/reference.ts';
import { parseRepository, type Repository } from '../dataset/repository.ts';
import { everyFile } from '../dataset/split.ts';
import { FetchFailure } from '../fetch/failure/fetch-failure.ts';
import type { ManifestDataset } from './manifests.ts';
import type { CheckFlags } from './options.ts';
import type { Rules } from './rules.ts';

export interface WorkingCopy {
  /** HEAD's sha. */
  revision: string;
  /** The repository that others get it from. */
  repository: string;
  /** Whether a branch or tag of that remote is known to have it. */
  pushed: boolean;
  /** What to do where it isn't. */
  advice: string;
  /** Files of DVC and lists that HEAD doesn't have as they lie there. */
  uncommitted: string[];
  /** The lists that HEAD has. */
  splits: string[];
  /** To be pasted into a pod's metadata. */
  annotations: string;
  dataset: ManifestDataset;
}

/** Reads it with the user's own git. @throws {FetchFailure} `notFound`, `usage`, `configuration` */
export async function readLocal(
  { positionals, split, flags }: CheckFlags,
  { schemes }: Rules,
  { environment, signal }: { environment: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<WorkingCopy> {
  const folder = resolve(positionals[0] ?? '.');
  const git = await gitIn(folder, { environment, signal });
  const revision = await git('rev-parse', '--verify', 'HEAD');
  if (revision === null) {
    throw new FetchFailure('notFound', `${folder} is no working copy of git with a commit: name one, or git commit`);
  }
  const directories = parseDirectories({ dataDir: flags.value('data-dir'), splitDir: flags.value('split-dir') });
  const tracking = lines(await git('for-each-ref', '--contains', 'HEAD', '--format=%(refname)', 'refs/remotes'));
  const remotes = lines(await git('remote'));
  const pushedTo = remotes.find((name) => tracking.some((ref) => ref.startsWith(`refs/remotes/${name}/`)));
  const remote = pushedTo ?? (remotes.includes('origin') ? 'origin' : remotes[0]);
  const url = remote === undefined ? null : await git('remote', 'get-url', remote);
  if (url === null) {
    throw new FetchFailure(
      'notFound',
      `${folder} has no remote that others could get it from: git remote add origin URL, and git push`,
    );
  }
  const repository = readAddress(url, schemes);
  const metadata = ['*.dvc', 'dvc.lock', 'dvc.yaml', '.dvc/config'].map((name) => `:(top,glob)**/${name}`);
  const statusFlags = ['--porcelain', '-z', '--no-renames', '--untracked-files=all', '--ignore-submodules=all'];
  const status = names(await git('status', ...statusFlags, '--', ...metadata, `:(top,literal)${directories.splitDir}`));
  const treeFlags = ['-r', '-z', '--name-only', '--full-tree'];
  const lists = names(await git('ls-tree', ...treeFlags, 'HEAD', '--', `${directories.splitDir}/`));
  const identity = identifyDataset({ repository, revision, split }, directories);
  const written = formatReference(identity.reference);
  return {
    revision,
    repository: repository.url,
    pushed: pushedTo !== undefined,
    advice: `no branch of ${remote} is known to have HEAD: git push ${remote}, and dvc push`,
    uncommitted: status.map((line) => line.slice(3)),
    splits: [everyFile, ...lists.map((path) => path.slice(directories.splitDir.length + 1))],
    annotations: stringify({ annotations: annotationsFor(written, flags) }, { lineWidth: 0 }),
    dataset: { identity, remote: null },
  };
}

type GitIn = (...args: string[]) => Promise<string | null>;

/**
 * git in a working copy, whose configuration may be a stranger's: of what it can make `git status` run, a watcher of files,
 * hooks and filters of content, nothing is left. Null where git fails.
 */
async function gitIn(
  cwd: string,
  { environment, signal }: { environment: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<GitIn> {
  // A hook of git's, or a caller's, may name another repository by GIT_DIR and its like.
  const own = Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GIT_')));
  const run = async (config: readonly (readonly [key: string, value: string])[], args: readonly string[]) => {
    const env = { ...own, ...asVariables(config) };
    const options = { cwd, env, extendEnv: false, cancelSignal: signal, reject: false } as const;
    const { exitCode, stdout } = await execa('git', ['--no-optional-locks', '--no-pager', ...args], options);
    return exitCode === 0 ? stdout : null;
  };
  const safe = [['core.fsmonitor', 'false'] as const, ['core.hooksPath', '/dev/null'] as const];
  const filters = names(await run(safe, ['config', '-z', '--name-only', '--get-regexp', '^filter\\.']));
  const none = filters.map((key) => [key, key.endsWith('.required') ? 'false' : ''] as const);
  return (...args) => run([...safe, ...none], args);
}

/** By variables and not by `-c`, where a key that holds a "=" would be another key. */
function asVariables(config: readonly (readonly [key: string, value: string])[]): Record<string, string> {
  const pairs = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key] as const,
    [`GIT_CONFIG_VALUE_${index}`, value] as const,
  ]);
  return Object.fromEntries([['GIT_CONFIG_COUNT', String(config.length)], ...pairs]);
}

function annotationsFor(reference: string, { value, isGiven }: CheckFlags['flags']): Record<string, string> {
  const further = (['data-dir', 'split-dir', 'remote'] as const).filter(isGiven);
  return {
    'dvc.io/dataset': reference,
    ...Object.fromEntries(further.map((name) => [`dvc.io/${name}`, value(name)])),
  };
}

/** As git has it: a folder of this machine is one by its absolute path, and a login in the address is left out. */
function readAddress(url: string, schemes: Rules['schemes']): Repository {
  const plain = url.replace(/^(https?:\/\/)[^/@]*@/, '$1');
  try {
    return parseRepository(plain.startsWith('/') ? `file://${plain}` : plain, schemes);
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    throw new FetchFailure('usage', error.message, { cause: error });
  }
}

/** Of what git ends with a NUL, as a name may hold all else. */
function names(text: string | null): string[] {
  return (text ?? '').split('\0').filter((name) => name !== '');
}

function lines(text: string | null): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}
