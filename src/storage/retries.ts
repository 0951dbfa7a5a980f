/** Tries namespaces again after failures, each with a back-off of its own, so that a broken one does not delay the others. */
import { backOff } from '../kubernetes/back-off.ts';

export interface Retries {
  /** Notes one more failure and calls `retry` after a while; returns after how many milliseconds. Bounds in milliseconds. */
  schedule(namespace: string, bounds: { first: number; slowest: number }): number;
  /** Cancels what is scheduled for the namespace; its next failure counts as the first. */
  forget(namespace: string): void;
  stop(): void;
}

export function makeRetries(retry: (namespace: string) => void): Retries {
  const failures = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    schedule(namespace, { first, slowest }) {
      const count = (failures.get(namespace) ?? 0) + 1;
      failures.set(namespace, count);
      const delay = backOff(count, first, slowest);
      clearTimeout(timers.get(namespace));
      timers.set(
        namespace,
        setTimeout(() => retry(namespace), delay),
      );
      return delay;
    },
    forget(namespace) {
      clearTimeout(timers.get(namespace));
      timers.delete(namespace);
      failures.delete(namespace);
    },
    stop() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
