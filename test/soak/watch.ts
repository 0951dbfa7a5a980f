/** Looks at the published datasets of a volume without a pause, as no instant may show an unfinished one. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Wanted } from './wanted.ts';
import type { WatchOrder } from './watch-worker.ts';

/** A watcher at work. */
export interface Watch {
  /** Ends it; returns what it saw that should never be seen, and how often it looked. */
  end(): Promise<{ findings: string[]; looks: number }>;
}

export function watch(volume: string, datasets: readonly Wanted[]): Watch {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const order: WatchOrder = { volume, datasets, shared };
  const worker = new Worker(join(import.meta.dirname, 'watch-worker.ts'), { workerData: order });
  const findings: string[] = [];
  worker.on('message', (sentence: string) => findings.push(sentence));
  worker.on('error', (error) => findings.push(`the watcher failed: ${error}`));
  const ended = once(worker, 'exit').catch(() => {}); // an error is told above
  return {
    async end() {
      Atomics.store(shared, 0, 1);
      Atomics.notify(shared, 0);
      await ended;
      return { findings, looks: Atomics.load(shared, 1) };
    },
  };
}
