/** The one fetcher of a dataset, from taking the lock to the last word in the state file. */
import { volumeLayout } from '../dataset/layout.ts';
import { canonicalReference } from '../dataset/reference.ts';
import { adoptTree } from './adopt.ts';
import { type FetchSurroundings, fetchTree } from './fetch-tree.ts';
import type { Lock } from './lock.ts';
import type { FetchOptions } from './options.ts';
import { type Progress, startProgress } from './progress.ts';
import { publishPointer, requireFreePointer } from './publish.ts';
import { removeDeadScratch } from './scratch.ts';
import { makeStaging, removeDeadStaging, removeStaging } from './staging.ts';
import { publishedPhase, type State, writeState } from './state.ts';

/**
 * Publishes as the holder of the dataset's lock: takes over what an earlier fetch completed, else fetches. Nothing
 * depends on being the only one: a lost lease may make two.
 */
export async function publishDataset(
  options: FetchOptions,
  lock: Lock,
  surroundings: FetchSurroundings,
): Promise<void> {
  const { log, signal } = surroundings;
  const layout = volumeLayout(options.volume);
  const dataset = canonicalReference(options.reference);
  const save = (state: Pick<State, 'phase' | 'progress' | 'sample'>) =>
    writeState(layout, lock.file, { key: options.key, dataset, updatedAt: new Date().toISOString(), ...state });

  // Again: the leader that we waited for may have been killed on this node.
  await removeDeadScratch(options.scratch, log);
  await removeDeadStaging(layout, options.key, log);
  const staging = await makeStaging(layout, options.key);
  let progress: Progress | undefined;
  try {
    await requireFreePointer(layout, options.key);
    log.info({ dataset, key: options.key }, 'fetching the dataset');
    progress = startProgress(log, ({ phase, ...figures }) => save({ phase, progress: figures }));
    await progress.begin('check');
    const adopted = await adoptTree(layout, options, signal);
    const { provenance, sample } = adopted ?? (await fetchTree(options, staging, progress, surroundings));
    await publishPointer(layout, options.key, staging);
    await progress.stop(); // its last report must not come after the last word
    await removeStaging(staging); // before the last word, as nobody tidies up after it
    await save({ phase: publishedPhase, sample });
    const { files, bytes } = provenance;
    log.info(
      { key: options.key, files, bytes },
      adopted ? 'an earlier fetch is completed' : 'the dataset is published',
    );
  } finally {
    await progress?.stop();
    await removeStaging(staging);
  }
}
