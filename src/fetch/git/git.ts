/** The exact commit, by git: into a bare repository on scratch, without a checkout, so that nothing of it can run. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reference } from '../../dataset/reference.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { type ChildOptions, type ChildResult, runChild } from '../process/run-process.ts';
import { writeScratchFile } from '../scratch/scratch-file.ts';
import { requireScratchSpace } from '../scratch/space.ts';
import type { GitCredentials } from './credentials.ts';
import { gitFailure, noCommit, refusesShas, scratchFailure } from './failures.ts';
import { type Way, wayTo } from './way.ts';

/** Runs git in the bare repository. */
export interface Git {
  run(args: readonly string[], maxStdout?: number): Promise<ChildResult>;
  /** As `run`, and every failure is a full scratch (`io`) or a bug of ours. */
  read(args: readonly string[], maxStdout?: number): Promise<Buffer>;
  /** As `read`, with `input` for git's stdin. */
  feed(args: readonly string[], input: string, maxStdout: number): Promise<Buffer>;
}

export interface GitContext {
  /** An empty folder on scratch. */
  folder: string;
  env: Readonly<Record<string, string>>;
  credentials: GitCredentials;
  /** The servers that may be at a loopback or link-local address. */
  endpoints: readonly string[];
  signal: AbortSignal;
}

/**
 * Fetches the commit of a reference, and only it where the server allows that.
 * @throws {FetchFailure} `notFound`, `notAuthorised`, `unreachable`, `usage`, `configuration`, or `io` where scratch is full
 */
export async function fetchRevision(reference: Reference, context: GitContext): Promise<Git> {
  const env = { ...context.env, ...context.credentials.env };
  const way = await wayTo(reference.repository, env, context.endpoints);
  try {
    return await fetchBy(way, reference, context);
  } finally {
    await way.close();
  }
}

async function fetchBy(way: Way, reference: Reference, context: GitContext): Promise<Git> {
  const git = await bareRepository(reference, { ...context, env: way.env });
  const { repository, revision } = reference;
  const fetchFailed = async (stderr: string): Promise<never> => {
    await requireScratchSpace(context.folder);
    throw gitFailure(way.explain(stderr), repository, revision);
  };
  const fetchFlags = ['-q', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
  // Protocol 2 lets any commit be asked for by its sha, not only the tips of branches.
  const exact = ['-c', 'protocol.version=2', 'fetch', ...fetchFlags, '--depth', '1'];
  const result = await git.run([...exact, '--end-of-options', repository.url, revision]);
  if (result.exitCode !== 0) {
    if (!refusesShas.test(result.stderr)) return fetchFailed(result.stderr);
    // An old server: everything that it shows, and the commit is in it or nowhere.
    const all = ['+refs/heads/*:refs/remotes/all/heads/*', '+refs/tags/*:refs/remotes/all/tags/*'];
    const whole = await git.run(['fetch', ...fetchFlags, '--end-of-options', repository.url, ...all]);
    if (whole.exitCode !== 0) return fetchFailed(whole.stderr);
  }
  await requireCommit(git, reference);
  return git;
}

/** `git --version` as a number such as 2.39.5. @throws {FetchFailure} `configuration` where there is no git */
export async function gitVersion(context: Pick<GitContext, 'folder' | 'env' | 'signal'>): Promise<string> {
  const { stdout } = await runChild('git', ['--version'], { ...context, cwd: context.folder });
  return /[0-9]+(\.[0-9]+)+/.exec(stdout.toString())?.[0] ?? 'unknown';
}

async function bareRepository(
  { repository, revision }: Reference,
  context: Omit<GitContext, 'endpoints'>,
): Promise<Git> {
  const [bare, template, config] = ['repository', 'template', 'config'].map((name) => join(context.folder, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(template); // empty: the system's may hold hooks
  await writeScratchFile(config, globalConfig(repository.scheme === 'file') + (context.credentials.config ?? ''));
  const env = {
    ...context.env,
    GIT_ALLOW_PROTOCOL: repository.scheme,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: config,
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
  const runWith = (args: readonly string[], more: Partial<ChildOptions>) =>
    runChild('git', ['--git-dir', bare, ...args], { cwd: context.folder, env, signal: context.signal, ...more });
  const readWith = async (args: readonly string[], more: Partial<ChildOptions>) => {
    const { exitCode, stdout, stderr } = await runWith(args, more);
    if (exitCode === 0) return stdout;
    await requireScratchSpace(context.folder);
    throw scratchFailure(stderr) ?? new Error(`git ${args.join(' ')} ended with ${exitCode}: ${stderr.trim()}`);
  };
  const bounded = (maxStdout?: number) => (maxStdout === undefined ? {} : { maxStdout });
  const read = (args: readonly string[], maxStdout?: number) => readWith(args, bounded(maxStdout));
  const format = revision.length === 64 ? 'sha256' : 'sha1';
  await read(['init', '-q', '--bare', `--object-format=${format}`, `--template=${template}`, bare]);
  return {
    run: (args, maxStdout) => runWith(args, bounded(maxStdout)),
    read,
    feed: (args, input, maxStdout) => readWith(args, { maxStdout, onStdin: (stdin) => void stdin.end(input) }),
  };
}

/** git's only configuration. Ours instead of /dev/null, as `safe.directory` is honoured nowhere else. */
function globalConfig(localFolders: boolean): string {
  return [
    // A server that stalls: less than 1 byte/s for two minutes.
    '[http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = 120',
    '[core]\n\thooksPath = /dev/null',
    '[credential]\n\thelper =',
    '[gc]\n\tauto = 0',
    '[maintenance]\n\tauto = false',
    // The admin allowed file://, and such a repository may belong to another user.
    ...(localFolders ? ['[safe]\n\tdirectory = *'] : []),
    '',
  ].join('\n');
}

/** The sha is the promise that the whole key rests on, so what came is looked at and not assumed. */
async function requireCommit(git: Git, { repository, revision }: Reference): Promise<void> {
  const { exitCode, stdout } = await git.run(['cat-file', '-t', revision]);
  const type = stdout.toString().trim();
  if (exitCode === 0 && type === 'commit') return;
  throw new FetchFailure(
    'notFound',
    exitCode === 0
      ? `${revision} of ${repository.canonical} is a ${type} and no commit: write the commit's sha (git rev-parse HEAD)`
      : noCommit(repository.canonical, revision),
  );
}
