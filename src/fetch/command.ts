/** `dvc-injector fetch`: flags and signals in, an exit code and one plain sentence out. */
import { exitCodes } from './failure/exit-codes.ts';
import { FetchFailure } from './failure/fetch-failure.ts';
import { ioFailure } from './failure/io-failure.ts';
import { widenThreadPool } from './files/thread-pool.ts';
import { lastResort, longestEnds } from './last-resort.ts';
import { type FetchOptions, fetchUsage, readOptions } from './options.ts';
import { createLog } from './report/log.ts';
import { writeTerminationMessage } from './report/termination-message.ts';
import { runFetch } from './run.ts';

/** Runs a fetch to its end and returns the exit code of the table; never throws. */
export async function fetchCommand(args: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(fetchUsage());
    return exitCodes.done.code;
  }
  widenThreadPool();
  const log = createLog(process.stdout, environment);
  const stop = new AbortController();
  const onSignal = (signal: string) => {
    resort.begin(longestEnds.signal);
    stop.abort(
      new FetchFailure(
        'terminated',
        `stopped by ${signal}; what was fetched so far is kept and the next run continues`,
      ),
    );
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  // The modes are set by hand; this is for a crash in between, after which the group must still be able to go on.
  const umask = process.umask(0o002);
  let options: FetchOptions | undefined;
  const fail = async (failure: FetchFailure) => {
    const { redact } = log;
    const sentence = redact(failure.message);
    const { code } = exitCodes[failure.exit];
    for (const detail of failure.details) log.error({ detail: redact(detail) }, 'detail of the failure');
    if (failure.exit === 'internal') log.error({ stack: redact(stackOf(failure)) }, 'please report this');
    log.error({ exit: code, reason: failure.exit }, sentence);
    await writeTerminationMessage(sentence, environment);
    return code;
  };
  const inAnyCase: (() => void)[] = [];
  const resort = lastResort(
    (error) => stop.abort(asFailure(error, options)),
    async () => {
      for (const step of inAnyCase) {
        try {
          step();
        } catch (error) {
          log.warn({ error: String(error) }, 'the end of the fetch leaves something behind');
        }
      }
      process.exit(await fail(stop.signal.reason));
    },
  );
  try {
    options = readOptions(args, environment);
    const atLastResort = (step: () => void) => inAnyCase.push(step);
    const surroundings = { environment, own: null, log, signal: stop.signal, addSecret: log.hide, atLastResort };
    const sentence = await runFetch(options, surroundings);
    await writeTerminationMessage(log.redact(sentence), environment);
    return exitCodes.done.code;
  } catch (error) {
    return await fail(stop.signal.aborted ? stop.signal.reason : asFailure(error, options));
  } finally {
    resort.end();
    log.terminal?.clear();
    process.umask(umask);
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}

function asFailure(error: unknown, options: FetchOptions | undefined): FetchFailure {
  if (error instanceof FetchFailure) return error;
  const failure = options && ioFailure(error, options);
  if (failure) return failure;
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new FetchFailure(
    'internal',
    `a bug of dvc-injector ended the fetch (${what}): please report it with this log`,
    {
      cause: error,
    },
  );
}

function stackOf(failure: FetchFailure): string {
  const { cause = failure } = failure;
  return cause instanceof Error ? String(cause.stack) : String(cause);
}
