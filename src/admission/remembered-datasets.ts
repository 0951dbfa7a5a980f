/** Remembers which datasets the last pods requested: the many pods of one job request the same in the same words. */
import type { Config } from '../config/schema.ts';
import { annotationPrefix } from './annotations.ts';
import { type RequestedDataset, readRequestedDatasets } from './requested-datasets.ts';

const mostRemembered = 256;
/** In characters; what is longer is rare and read each time, so that nobody fills the memory with it. */
const longest = 4096;

const remembered = new WeakMap<Config, Map<string, readonly RequestedDataset[]>>();

/**
 * As {@link readRequestedDatasets}, of which it is the memory: nothing but our annotations and the configuration has a say in
 * the result, and nobody changes it.
 */
export function requestedDatasets(all: Readonly<Record<string, string>>, config: Config): readonly RequestedDataset[] {
  const ours = Object.entries(all).filter(([key]) => key.startsWith(annotationPrefix));
  const words = JSON.stringify(ours);
  if (words.length > longest) return readRequestedDatasets(all, config);
  const known = remembered.get(config) ?? new Map<string, readonly RequestedDataset[]>();
  remembered.set(config, known);
  const before = known.get(words);
  if (before) return before;
  const datasets = readRequestedDatasets(all, config);
  if (known.size >= mostRemembered) known.delete(known.keys().next().value ?? '');
  known.set(words, datasets);
  return datasets;
}
