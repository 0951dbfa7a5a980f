/** The top of the story: a dataset is published already, or another fetcher publishes it, or this one is elected to. */
import { type VolumeLayout, volumeLayout } from '../dataset/layout.ts';
import { canonicalReference } from '../dataset/reference.ts';
import { findOrElect } from './election.ts';
import { FetchFailure } from './failure/fetch-failure.ts';
import { ioFailure } from './failure/io-failure.ts';
import type { Lock } from './files/flock.ts';
import type { FetchOptions } from './options.ts';
import { bestEffort } from './report/best-effort.ts';
import { logSummary, nothingFetched } from './report/summary.ts';
import { removeDeadScratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';
import { findPublication, type Publication } from './tree/find-published.ts';
import type { Verdict } from './verify-published.ts';
import { readOrMakeState } from './volume/state.ts';

/**
 * Puts the dataset on the volume, or finds it there. Returns what it came to as a sentence.
 * @throws {FetchFailure} and errors of the operating system; each leaves nothing published that is not whole
 */
export async function runFetch(options: FetchOptions, surroundings: FetchSurroundings): Promise<string> {
  const started = performance.now();
  const { log } = surroundings;
  const layout = volumeLayout(options.volume);
  await removeDeadScratch(options.scratch, log);
  const { key, reference, verify, waitSeconds } = options;
  const there = (published: { files: number; bytes: number }) => {
    const summary = nothingFetched(published, performance.now() - started);
    return logSummary(log, 'there', { key, dataset: canonicalReference(reference) }, summary);
  };
  const verdict = verify ? await verified(options, surroundings) : null;
  if (verdict && 'sound' in verdict) return there(verdict.sound);
  try {
    // After a verification nobody else's word counts: as the leader this process makes the tree right itself.
    const look = verify ? () => lookUnbelieving(layout, key) : () => findPublication(layout, options);
    const election = await findOrElect(layout.state(key), waitSeconds, look, surroundings);
    if ('publication' in election) return there(election.publication.provenance);
    const sentence = await publishElected(options, election.lock, surroundings);
    return verdict ? `${sentence}; before, ${verdict.wrong}` : sentence;
  } catch (error) {
    throw verdict ? unmended(verdict.wrong, error, options) : error;
  }
}

async function publishElected(options: FetchOptions, lock: Lock, surroundings: FetchSurroundings): Promise<string> {
  try {
    // Loaded only now: most starts find the dataset published and need nothing that runs git or DVC.
    const { publishDataset } = await import('./leader.ts');
    return await publishDataset(options, lock, surroundings);
  } finally {
    await bestEffort('close the state file', surroundings.log, () => lock.release());
  }
}

const notAsNamed = 'what is published is not what its commit names';

/** What `--verify` finds, told in the log where it is wrong: at once, as it may not be mended then. */
async function verified(options: FetchOptions, surroundings: FetchSurroundings): Promise<Verdict> {
  const { verifyPublished } = await import('./verify-published.ts');
  const verdict = await verifyPublished(options, surroundings);
  if (verdict && 'wrong' in verdict) surroundings.log.warn(`${notAsNamed}: ${verdict.wrong}`);
  return verdict;
}

/** The failure that kept what is `wrong` from being mended, with it; a bug stays as it is. */
function unmended(wrong: string, error: unknown, options: FetchOptions): unknown {
  const failure = error instanceof FetchFailure ? error : ioFailure(error, options);
  if (!failure) return error;
  const { exit, details, message } = failure;
  return new FetchFailure(exit, `${notAsNamed} (${wrong}), and was not mended: ${message}`, { cause: error, details });
}

async function lookUnbelieving(layout: VolumeLayout, key: string): Promise<Publication> {
  return {
    published: false,
    why: 'it is to be verified',
    state: await readOrMakeState(layout, key),
    incomplete: false,
  };
}
