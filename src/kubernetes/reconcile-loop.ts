/**
 * Runs a step that brings the world to its wanted state: when something changed, from time to time, and again after a
 * failure. Never twice at once, as two runs would overwrite each other's work.
 */
import { backOff } from './back-off.ts';

export interface ReconcileLoopOptions {
  /** One run. Must be idempotent. */
  reconcile: () => Promise<void>;
  /** Milliseconds between two runs while nothing happens. */
  interval: number;
  onSuccess: () => void;
  /** Called with what `reconcile` threw, and the milliseconds until the next run. */
  onFailure: (error: unknown, retryMs: number) => void;
}

export interface ReconcileLoop {
  /** Runs now. During a run it is noted, and another run follows right after, as the running one may have read old data. */
  trigger(): void;
  stop(): void;
  stopped(): boolean;
}

const firstRetry = 500;
const slowestRetry = 30_000;

/** Does nothing before the first `trigger`. */
export function makeReconcileLoop({ reconcile, interval, onSuccess, onFailure }: ReconcileLoopOptions): ReconcileLoop {
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let running = false;
  let triggered = false;
  let stopped = false;

  const run = async (): Promise<void> => {
    if (stopped) return;
    if (running) {
      triggered = true;
      return;
    }
    running = true;
    clearTimeout(timer);
    let delay = interval;
    try {
      do {
        triggered = false;
        await reconcile();
      } while (triggered && !stopped);
      failures = 0;
      onSuccess();
    } catch (error) {
      failures += 1;
      delay = backOff(failures, firstRetry, slowestRetry);
      onFailure(error, delay);
    } finally {
      running = false;
    }
    if (!stopped) timer = setTimeout(() => void run(), delay);
  };

  return {
    trigger: () => void run(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    stopped: () => stopped,
  };
}
