/** git and DVC made ready on scratch: their environment, the private CA and git's credentials. */
import { join } from 'node:path';
import type { Dvc } from './dvc/context.ts';
import { dvcVersion } from './dvc/workspace.ts';
import { gitCredentials } from './git/credentials.ts';
import { type GitContext, gitVersion } from './git/git.ts';
import type { FetchOptions } from './options.ts';
import { combineCertificates } from './process/ca-bundle.ts';
import { dvcEnvironment, gitEnvironment } from './process/environment.ts';
import type { Scratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';

export interface Tools {
  git: GitContext;
  /** Without the credentials of the remote, which is not known yet. */
  dvc: Pick<Dvc, 'folder' | 'env'>;
  /** Asked for while git works; rejects as `prepareTools` would. */
  versions: Promise<{ git: string; dvc: string }>;
}

/**
 * @throws {FetchFailure} `configuration` where a tool or the CA bundle is absent, `notAuthorised` where a Secret is
 */
export async function prepareTools(
  options: FetchOptions,
  { environment, own, signal }: Pick<FetchSurroundings, 'environment' | 'own' | 'signal'>,
  scratch: Scratch,
): Promise<Tools> {
  const certificates = options.caBundle
    ? await combineCertificates(options.caBundle, environment, join(scratch.given, 'ca-bundle.pem'))
    : null;
  const isOwn = own !== null && options.gitSecretDir === null;
  const credentials = isOwn
    ? { ...own.git, secrets: [], unused: [] }
    : await gitCredentials(options.reference.repository, options.gitSecretDir, scratch.given);
  const { endpoints } = options;
  const env = gitEnvironment(environment, scratch, certificates);
  const git = { folder: scratch.git, env, credentials, endpoints, signal };
  const dvc = {
    folder: scratch.dvc,
    env: { ...dvcEnvironment(environment, scratch, certificates, endpoints), ...own?.dvc },
  };
  const found = Promise.all([gitVersion(git), dvcVersion(dvc, signal)]);
  const versions = found.then(([gitFound, dvcFound]) => ({ git: gitFound, dvc: dvcFound }));
  versions.catch(() => {}); // it is awaited later, and must not be called unhandled until then
  return { git, dvc, versions };
}
