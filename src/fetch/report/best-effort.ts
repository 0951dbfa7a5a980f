/** Runs clean-up work whose own failure must hide neither a success nor the reason why a fetch failed. */
import type { Log } from './log.ts';

/** Runs `work`, such as in a `finally`; an error is logged as a warning that says that `what` could not be done. */
export async function bestEffort(what: string, log: Log, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ error: String(error) }, `could not ${what}`);
  }
}
