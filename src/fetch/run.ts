/** The top of the story: a dataset is published already, or another fetcher publishes it, or this one is elected to. */
import { volumeLayout } from '../dataset/layout.ts';
import { canonicalReference } from '../dataset/reference.ts';
import { findOrElect } from './election.ts';
import type { FetchOptions } from './options.ts';
import { bestEffort } from './report/best-effort.ts';
import { logSummary, nothingFetched } from './report/summary.ts';
import { removeDeadScratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';
import { findPublication } from './tree/find-published.ts';

/**
 * Puts the dataset on the volume, or finds it there. Returns what it came to as a sentence.
 * @throws {FetchFailure} and errors of the operating system; each leaves nothing published that is not whole
 */
export async function runFetch(options: FetchOptions, surroundings: FetchSurroundings): Promise<string> {
  const started = performance.now();
  const { log, signal } = surroundings;
  const layout = volumeLayout(options.volume);
  await removeDeadScratch(options.scratch, log);
  const { key, reference, verify, waitSeconds } = options;
  const look = () => findPublication(layout, options, verify, signal);
  const election = await findOrElect(layout.state(key), waitSeconds, look, surroundings);
  if ('publication' in election) {
    const summary = nothingFetched(election.publication.provenance, performance.now() - started);
    return logSummary(log, 'there', { key, dataset: canonicalReference(reference) }, summary);
  }
  try {
    // Loaded only now: most starts find the dataset published and need nothing that runs git or DVC.
    const { publishDataset } = await import('./leader.ts');
    return await publishDataset(options, election.lock, surroundings);
  } finally {
    const { lock } = election;
    await bestEffort('close the state file', log, () => lock.release());
  }
}
