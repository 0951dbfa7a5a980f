/** `npm run soak -- repositories`: fetches repositories of random shapes, and says where we differ from DVC. */
import { openWorkshop } from '../../support/repositories/compare.ts';
import { readRepositoryOptions } from './options.ts';
import { soakRepositories } from './soak.ts';

/** Resolves to the exit code: 1 where a repository is fetched otherwise than by DVC. Throws UsageError for a bad flag. */
export async function repositoriesCommand(args: string[], signal: AbortSignal): Promise<number> {
  const options = readRepositoryOptions(args);
  console.log(`seed ${options.seed}`);
  await using workshop = await openWorkshop();
  try {
    const { fetched, refused } = await soakRepositories(workshop, options, signal);
    console.log(`✔ as DVC: ${fetched} fetched, ${refused} refused`);
    return signal.aborted ? 130 : 0;
  } catch (error) {
    console.log(`✖ ${(error as Error).message}`);
    return 1;
  } finally {
    console.log(`seed ${options.seed}`);
  }
}
