/** git and DVC made ready on scratch: their environment, the private CA and git's credentials. */
import { join } from 'node:path';
import { remoteCredentials } from './dvc/credentials.ts';
import { dvcForks } from './dvc/fork-server.ts';
import { type DvcContext, dvcVersion } from './dvc/workspace.ts';
import { gitCredentials } from './git/credentials.ts';
import { type GitContext, gitVersion } from './git/git.ts';
import type { FetchOptions } from './options.ts';
import { combineCertificates } from './process/ca-bundle.ts';
import { dvcEnvironment, gitEnvironment } from './process/environment.ts';
import type { Remote } from './remote/choose-remote.ts';
import type { Scratch, ToolHome } from './scratch/scratch.ts';

type UnknownRemote = Omit<DvcContext, 'forks'>;

export interface Tools {
  git: GitContext;
  /** Without the credentials of the remote, which is not known yet. */
  dvc: UnknownRemote;
  /** Asked for while git works; rejects as `prepareTools` would. */
  versions: Promise<{ git: string; dvc: string }>;
}

/**
 * @throws {FetchFailure} `configuration` where a tool or the CA bundle is absent, `notAuthorised` where a Secret is
 */
export async function prepareTools(
  options: FetchOptions,
  environment: NodeJS.ProcessEnv,
  scratch: Scratch,
  signal: AbortSignal,
): Promise<Tools> {
  const certificates = options.caBundle
    ? await combineCertificates(options.caBundle, environment, join(scratch.given, 'ca-bundle.pem'))
    : null;
  const credentials = await gitCredentials(options.reference.repository, options.gitSecretDir, scratch.given);
  const git = { folder: scratch.git, env: gitEnvironment(environment, scratch, certificates), credentials, signal };
  const dvc = {
    folder: scratch.dvc,
    env: dvcEnvironment(environment, scratch, certificates),
    jobs: options.jobs,
    signal,
  };
  const found = Promise.all([gitVersion(git), dvcVersion(dvc)]);
  const versions = found.then(([gitFound, dvcFound]) => ({ git: gitFound, dvc: dvcFound }));
  versions.catch(() => {}); // whoever awaits it is told
  return { git, dvc, versions };
}

/**
 * DVC with the credentials of the remote that the commit turned out to name, whose `forks` are to be closed; `headers`
 * log in to an HTTP remote, and nothing may print the secrets.
 * @throws {FetchFailure} `notAuthorised` where the remote needs credentials, `configuration` where those given can't serve
 */
export async function dvcFor(
  remote: Remote,
  context: UnknownRemote,
  environment: NodeJS.ProcessEnv,
  home: ToolHome,
): Promise<{
  dvc: DvcContext & { localConfig: string | null };
  headers: Record<string, string>;
  secrets: string[];
}> {
  const { env, localConfig, headers, secrets } = await remoteCredentials(remote, environment, home);
  const all = { ...context.env, ...env };
  const forks = dvcForks(all, context.folder, context.signal);
  return { dvc: { ...context, env: all, forks, localConfig }, headers, secrets };
}
