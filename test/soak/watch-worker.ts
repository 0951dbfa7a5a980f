/** The watcher's own thread: what a container that starts at this very instant would see. */
import { parentPort, workerData } from 'node:worker_threads';
import { publishedProblems } from './tree-problems.ts';
import type { Wanted } from './wanted.ts';

/** What the thread is started with. */
export interface WatchOrder {
  volume: string;
  datasets: readonly Wanted[];
  /** The first number is changed to end the thread; the second counts its looks. */
  shared: Int32Array<SharedArrayBuffer>;
}

const { volume, datasets, shared } = workerData as WatchOrder;
const pause = 3; // ms, so that the watcher leaves the fetchers a processor
const seen = new Set<string>();
const told = new Set<string>();

while (Atomics.wait(shared, 0, 0, pause) === 'timed-out') {
  Atomics.add(shared, 1, 1);
  for (const dataset of datasets) look(dataset);
}

function look(dataset: Wanted): void {
  const first = !seen.has(dataset.key);
  const problems = inspect(dataset, first ? 'bytes' : 'sizes');
  if (problems === null && first) return;
  seen.add(dataset.key);
  for (const problem of problems ?? ['it was there and is gone']) {
    const sentence = `seen from a container: ${dataset.name}: ${problem}`;
    if (!told.has(sentence)) parentPort?.postMessage(sentence);
    told.add(sentence);
  }
}

/** An error is a finding too: nothing that is published may vanish while somebody reads it. */
function inspect(dataset: Wanted, depth: 'sizes' | 'bytes'): string[] | null {
  try {
    return publishedProblems(volume, dataset, depth);
  } catch (error) {
    return [String(error)];
  }
}
