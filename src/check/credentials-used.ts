/** Says which credentials a check uses and where they are from, never what they are. */
import type { LocatedOutput } from '../fetch/git/read-commit.ts';
import type { FetchOptions } from '../fetch/options.ts';
import { remoteType } from '../fetch/remote/types.ts';
import type { FetchSurroundings } from '../fetch/surroundings.ts';
import type { UsedCredentials } from './report.ts';

type Known = Pick<FetchSurroundings, 'environment' | 'own'>;

/** For the git server. */
export function gitCredentialsUsed(
  { reference, gitSecretDir }: Pick<FetchOptions, 'reference' | 'gitSecretDir'>,
  { own }: Known,
): UsedCredentials {
  const { scheme } = reference.repository;
  if (scheme === 'file') return { for: 'git', from: 'none: the repository is a folder' };
  if (gitSecretDir !== null) return { for: 'git', from: `the Secret's files in ${gitSecretDir}` };
  if (!own) return { for: 'git', from: 'none' };
  return { for: 'git', from: scheme === 'ssh' ? "the user's own ssh" : "the user's own git credential helpers" };
}

/** For the remotes of the outputs, each source once. */
export function remoteCredentialsUsed(
  outputs: readonly LocatedOutput[],
  { remoteSecretDir }: Pick<FetchOptions, 'remoteSecretDir'>,
  { environment, own }: Known,
): UsedCredentials[] {
  const sources = new Set<string>();
  for (const { type } of new Set(outputs.map(({ from }) => from))) {
    if (type === 'local') {
      sources.add('none: the remote is a folder');
      continue;
    }
    const names = remoteType(type).variables.filter((name) => environment[name]);
    if (names.length > 0) sources.add(`the environment: ${names.join(', ')}`);
    if (remoteSecretDir !== null) sources.add(`the Secret's files in ${remoteSecretDir}`);
    if (own) for (const source of own.sourcesFor(type)) sources.add(source);
    if (names.length === 0 && remoteSecretDir === null && !own) sources.add('none');
  }
  return [...sources].map((from) => ({ for: 'remote', from }));
}
