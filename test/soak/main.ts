/** `npm run soak -- [flags]`: kills fetchers until it has killed enough. `npm run soak -- admission [flags]`: attacks the webhook. `npm run soak -- reviews [flags]`: sends it damaged reviews. `npm run soak -- repositories [flags]`: fetches repositories of random shapes. All say whether a promise broke. */
import { UsageError } from '../support/process/flags.ts';
import { admissionCommand } from './admission/command.ts';
import { attackUsage } from './admission/options.ts';
import { readOptions, usage } from './options.ts';
import { repositoriesCommand } from './repositories/command.ts';
import { repositoryUsage } from './repositories/options.ts';
import { reviewsCommand } from './reviews/command.ts';
import { reviewUsage } from './reviews/options.ts';
import { soak } from './soak.ts';
import { tableOf } from './table.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Not `once`: execa ends us by the signal unless somebody else still listens for it.
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(130); // who asks twice wants it now; the lifelines end the server
    interruption.abort(new Error(`ended by ${signal}`));
  });
}

async function killSoak(args: string[]): Promise<number> {
  const options = readOptions(args);
  console.log(`seed ${options.seed}`);
  const result = await soak(options, interruption.signal, (line) => console.log(line));
  console.log(['', ...tableOf(result), ...result.findings.map((finding) => `✖ ${finding}`)].join('\n'));
  console.log(`seed ${options.seed}`);
  return result.findings.length > 0 ? 1 : interruption.signal.aborted ? 130 : 0;
}

const soaks: Record<string, (args: string[], signal: AbortSignal) => Promise<number>> = {
  admission: admissionCommand,
  repositories: repositoriesCommand,
  reviews: reviewsCommand,
};

try {
  const [first = '', ...rest] = process.argv.slice(2);
  const named = Object.hasOwn(soaks, first) ? soaks[first] : undefined;
  process.exitCode = await (named ? named(rest, interruption.signal) : killSoak(process.argv.slice(2)));
} catch (error) {
  if (error instanceof UsageError)
    console.error(`${error.message}\n\n${usage}\n${attackUsage}\n${reviewUsage}\n${repositoryUsage}`);
  else console.error(error);
  process.exitCode = error instanceof UsageError ? 64 : 1;
}
