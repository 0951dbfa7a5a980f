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
    progress = startProgress(log, ({ phase, ...figures }) => save({ phase, progress: figures }));
    await progress.begin('check');
    const adopted = options.verify ? null : await takeOver(layout, options, staging, surroundings);
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

/** What is on the volume already, if it is whole, or an older version's that lacks no more than the list of its files. */
async function takeOver(
  layout: VolumeLayout,
  options: FetchOptions,
  staging: string,
  surroundings: FetchSurroundings,
): Promise<WholeTree | null> {
  const found = await findPublication(layout, options);
  const { incomplete, state } = found.published ? { incomplete: false, state: null } : found;
  const completed = incomplete ? await completeTree(layout, options, state?.sample ?? [], staging) : null;
  return completed ?? (await adoptTree(layout, options, staging, surroundings));
}
