/** What the elected leader does, who holds the dataset's lock: complete what an earlier fetch left, or fetch, and say so in the state file. */
import { type VolumeLayout, volumeLayout } from '../dataset/layout.ts';
import { canonicalReference } from '../dataset/reference.ts';
import { fetchDataset } from './fetch-dataset.ts';
import type { Lock } from './files/flock.ts';
import type { FetchOptions } from './options.ts';
import { bestEffort } from './report/best-effort.ts';
import { type Progress, startProgress } from './report/progress.ts';
import { logSummary } from './report/summary.ts';
import { adoptTree, completeTree } from './reuse/adopt.ts';
import { removeDeadScratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';
import { findPublication } from './tree/find-published.ts';
import { publishPointer, requireFreePointer } from './tree/publish.ts';
import type { WholeTree } from './tree/whole-tree.ts';
import { makeStaging, overtaken, removeDeadStaging, removeStaging } from './volume/staging.ts';
import { publishedPhase, type State, writeState } from './volume/state.ts';

/**
 * Publishes as the holder of the dataset's lock: takes over what an earlier fetch completed, else fetches. Nothing
 * depends on being the only one: a lost lease may make two. Returns what it came to as a sentence.
 * @throws {FetchFailure} `gaveUp` where such a second leader took over, and as `fetchDataset`
 */
export async function publishDataset(
  options: FetchOptions,
  lock: Lock,
  surroundings: FetchSurroundings,
): Promise<string> {
  const { log } = surroundings;
  const layout = volumeLayout(options.volume);
  const dataset = canonicalReference(options.reference);
  const save = (state: Pick<State, 'phase' | 'progress' | 'sample'>) =>
    writeState(layout, lock.file, { key: options.key, dataset, updatedAt: new Date().toISOString(), ...state });

  // Again: the leader that we waited for may have been killed on this node.
  await removeDeadScratch(options.scratch, log);
  await removeDeadStaging(layout, options.key, log);
  const staging = await makeStaging(layout, options.key);
  const empty = () => bestEffort('remove the staging folder', log, () => removeStaging(staging));
  let progress: Progress | undefined;
  try {
    await requireFreePointer(layout, options.key);
    log.info({ dataset, key: options.key }, 'fetching the dataset');
    // Before the first word into the state: what that says so far is all that is believed of an older version's tree.
    const completed = options.verify ? null : await completeOlder(layout, options, staging);
    progress = startProgress(log, ({ phase, ...figures }) => save({ phase, progress: figures }));
    const adopted = completed ?? (await takeOver(options, staging, progress, surroundings));
    const { provenance, sample } = adopted ?? (await fetchDataset(options, staging, progress, surroundings));
    await publishPointer(layout, options.key, staging);
    await progress.stop(); // its last report must not come after the last word
    await empty(); // before the last word, as nobody tidies up after it
    await save({ phase: publishedPhase, sample });
    const summary = progress.summary(provenance);
    return logSummary(log, adopted ? 'adopted' : 'published', { key: options.key, dataset }, summary);
  } catch (error) {
    throw (await overtaken(staging, error)) ?? error;
  } finally {
    await progress?.stop();
    await empty();
  }
}

/** What an older version published, if it lacks no more than the list of its files. */
async function completeOlder(layout: VolumeLayout, options: FetchOptions, staging: string): Promise<WholeTree | null> {
  const found = await findPublication(layout, options);
  return !found.published && found.incomplete
    ? await completeTree(layout, options, found.state?.sample ?? [], staging)
    : null;
}

/** What is on the volume already, if it is whole. */
async function takeOver(
  options: FetchOptions,
  staging: string,
  progress: Progress,
  surroundings: FetchSurroundings,
): Promise<WholeTree | null> {
  await progress.begin('check');
  return options.verify ? null : await adoptTree(volumeLayout(options.volume), options, staging, surroundings);
}
