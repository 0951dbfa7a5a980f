/** The flags of `npm run soak -- repositories`. */
import { parseFlags, wholeNumber } from '../../support/process/flags.ts';
import type { RepositoryOptions } from './soak.ts';

export const repositoryUsage = `npm run soak -- repositories [flags]

  --runs N          how many repositories are made and fetched (default 200)
  --seed N          of the repositories (default: another one each time)
`;

/** @throws {UsageError} */
export function readRepositoryOptions(args: string[]): RepositoryOptions {
  const text = { type: 'string' } as const;
  const { runs = '200', seed = String(Math.floor(Math.random() * 2 ** 31)) } = parseFlags(args, {
    runs: text,
    seed: text,
  });
  return { runs: wholeNumber('--runs', runs, 1), seed: wholeNumber('--seed', seed, 0, 2 ** 31 - 1) };
}
