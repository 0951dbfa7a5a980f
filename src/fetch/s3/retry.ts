/** Which failures of a request may pass, and how long that is waited for. */
import { setTimeout as delay } from 'node:timers/promises';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { RefusedAddress } from '../remote/addresses.ts';
import { FallBackToDvc } from './fall-back.ts';

/** An answer that says: not now. */
export class RetryableResponse extends Error {
  /** What the server asks for (Retry-After), in seconds. */
  readonly retryAfter: number | null;

  constructor(status: number, retryAfter: unknown) {
    super(`S3 answers ${status}`);
    this.retryAfter = typeof retryAfter === 'string' && /^[0-9]{1,9}$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

/** A request is made no fewer times than this: silence alone may take all of the patience. */
const leastAttempts = 5;
/** In milliseconds, before the spread of a half to either side. */
const longestPause = 5_000;
/** In seconds. Some servers ask for minutes whatever the reason, and a GPU waits for this. */
const longestRetryAfter = 10;

/**
 * The result of `attempt`, which is made again after a failure that may pass: at least a few times, and for as long as
 * `patience` in seconds since the first failure.
 * @throws {FallBackToDvc} then, `usage` for an address that may not be connected to, and what `attempt` throws that does not pass
 */
export async function withRetries<T>(attempt: () => Promise<T>, patience: number, signal: AbortSignal): Promise<T> {
  let until: number | undefined;
  for (let tried = 1; ; tried += 1) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const lasting = lastingTrouble(error);
      if (lasting) throw lasting;
      until ??= performance.now() + patience * 1000;
      if (tried >= leastAttempts && performance.now() >= until)
        throw new FallBackToDvc(`no object after ${tried} attempts: ${reasonOf(error)}`, {
          cause: error,
          passing: true,
        });
      const pause = pauseAfter(tried, error instanceof RetryableResponse ? error.retryAfter : null);
      await delay(pause, undefined, { signal }).catch(() => {});
    }
  }
}

/** How long to wait after so many attempts, in milliseconds: by chance, as dozens of requests fail at the same moment. */
export function pauseAfter(tried: number, retryAfter: number | null, chance = Math.random()): number {
  const usual = Math.min(100 * 2 ** tried, longestPause) * (0.5 + chance);
  return retryAfter === null
    ? usual
    : Math.max(usual, Math.min(retryAfter, longestRetryAfter) * 1000 * (1 + chance / 10));
}

/** Node's names for a certificate that is not trusted. */
const certificateProblem = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;

/** What is thrown at once, because no further attempt would change it; null where the trouble may pass. */
function lastingTrouble(error: unknown): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  const known = error instanceof FallBackToDvc || error instanceof FetchFailure;
  if (known || path !== undefined) return error; // an error of our own disk names a path
  if (error instanceof RefusedAddress) return new FetchFailure('usage', `the DVC remote ${error.message}`);
  if (!certificateProblem.test(code ?? '')) return null;
  return new FallBackToDvc(`S3 is not trusted: ${reasonOf(error)}`, { cause: error });
}

/** For a log. */
export function reasonOf(error: unknown): string {
  return error instanceof Error
    ? error.message || String((error as NodeJS.ErrnoException).code ?? error.name)
    : String(error);
}
