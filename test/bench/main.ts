/** `npm run bench -- <benchmark> [flags]`: runs one of the benchmarks and cleans up after it, also on Ctrl-C. */
import { UsageError } from '../support/process/flags.ts';
import { admission } from './admission/admission.ts';
import { usage as admissionUsage } from './admission/options.ts';
import { usage as provisionUsage } from './provision/options.ts';
import { provision } from './provision/provision.ts';

interface Benchmark {
  /** Takes its flags and says its exit code; `signal` tells it to end. */
  run: (args: string[], signal: AbortSignal) => Promise<number>;
  usage: string;
}

const benchmarks: Record<string, Benchmark> = {
  admission: { run: admission, usage: admissionUsage },
  provision: { run: provision, usage: provisionUsage },
};

/** The reason of an interruption. */
class Interrupted extends Error {
  override name = 'Interrupted';
}

const [name = '', ...args] = process.argv.slice(2);
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (!benchmark) {
  console.error(
    `usage: npm run bench -- <benchmark> [flags]; the benchmarks are: ${Object.keys(benchmarks).join(', ')}`,
  );
  process.exit(64);
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Not `once`: execa ends us by the signal unless somebody else still listens for it.
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(130); // who asks twice wants it now; the lifelines end the rest
    interruption.abort(new Interrupted(`ended by ${signal}`));
  });
}

try {
  process.exitCode = await benchmark.run(args, interruption.signal);
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${benchmark.usage}`);
    process.exitCode = 64;
  } else {
    console.error(error instanceof Interrupted ? error.message : error);
    process.exitCode = error instanceof Interrupted ? 130 : 1;
  }
}
