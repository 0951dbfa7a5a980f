/** git and DVC made ready on scratch: their environment, the private CA and git's credentials. */
import { join } from 'node:path';
import { combineCertificates } from './certificates.ts';
import { type DvcContext, dvcVersion } from './dvc.ts';
import { type GitContext, gitVersion } from './git.ts';
import { gitCredentials } from './git-credentials.ts';
import type { FetchOptions } from './options.ts';
import type { Scratch } from './scratch.ts';
import { dvcEnvironment, gitEnvironment } from './tool-environment.ts';

export interface Tools {
  git: GitContext;
  dvc: DvcContext;
  versions: { git: string; dvc: string };
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
    ? await combineCertificates(options.caBundle, environment, join(scratch.root, 'ca-bundle.pem'))
    : null;
  const credentials = await gitCredentials(options.reference.repository, options.gitSecretDir, scratch.root);
  const git = { folder: scratch.git, env: gitEnvironment(environment, scratch, certificates), credentials, signal };
  const dvc = {
    folder: scratch.dvc,
    env: dvcEnvironment(environment, scratch, certificates),
    jobs: options.jobs,
    signal,
  };
  const [gitFound, dvcFound] = await Promise.all([gitVersion(git), dvcVersion(dvc)]);
  return { git, dvc, versions: { git: gitFound, dvc: dvcFound } };
}
