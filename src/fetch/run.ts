/** The story of a fetch: it is there already, or another fetcher brings it, or this one does. */
import { volumeLayout } from '../dataset/layout.ts';
import type { FetchSurroundings } from './fetch-tree.ts';
import type { FetchOptions } from './options.ts';
import { findPublication } from './published.ts';
import { removeDeadScratch } from './scratch.ts';
import { waitForTurn } from './turn.ts';

/**
 * Puts the dataset on the volume, or finds it there.
 * @throws {FetchFailure} and errors of the operating system; each leaves nothing published that is not whole
 */
export async function runFetch(options: FetchOptions, surroundings: FetchSurroundings): Promise<void> {
  const { log, signal } = surroundings;
  const layout = volumeLayout(options.volume);
  await removeDeadScratch(options.scratch, log);
  const look = () => findPublication(layout, options.key, options.directories, options.verify, signal);
  const turn = await waitForTurn(layout, options.key, options.waitSeconds, look, signal, log);
  if ('publication' in turn) {
    const { files, bytes } = turn.publication.provenance;
    log.info({ key: options.key, files, bytes }, 'the dataset is published already');
    return;
  }
  try {
    // Loaded only now: most starts find the dataset published and need nothing that runs git or DVC.
    const { publishDataset } = await import('./lead.ts');
    await publishDataset(options, turn.lock, surroundings);
  } finally {
    await turn.lock.release();
  }
}
