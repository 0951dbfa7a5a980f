/** Fetches a dataset from end to end: all that needs git, DVC and the network, from an empty staging folder to a whole tree. Pointer and state are the leader's. */
import { join } from 'node:path';
import { volumeLayout } from '../dataset/layout.ts';
import { buildTree } from './build-tree.ts';
import type { FetchOptions } from './options.ts';
import { type NamedDataset, type Reading, withNamedDataset } from './read-dataset.ts';
import { bestEffort } from './report/best-effort.ts';
import type { Progress } from './report/progress.ts';
import { makeScratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';
import { describeTree } from './tree/describe.ts';
import { sampleOf } from './tree/find-published.ts';
import { publishTree } from './tree/publish.ts';
import type { WholeTree } from './tree/whole-tree.ts';
import { writeProvenance } from './tree/write.ts';

/** One fetch: where it writes, and what it is surrounded by. */
interface Fetch extends Reading {
  /** This process's own folder on the volume. */
  staging: string;
}

/** Fetches and publishes the tree, all but its pointer. Scratch is empty again when this ends, however it ends. */
export async function fetchDataset(
  options: FetchOptions,
  staging: string,
  progress: Progress,
  surroundings: FetchSurroundings,
): Promise<WholeTree> {
  const started = performance.now();
  const layout = volumeLayout(options.volume);
  const scratch = await makeScratch(options.scratch, options.volume);
  const fetch = { ...surroundings, layout, staging, scratch, progress };
  surroundings.atLastResort(() => scratch.emptyNow());
  try {
    return await withNamedDataset(options, fetch, (named) => publishNamed(named, options, fetch, started));
  } finally {
    await bestEffort('empty the scratch', surroundings.log, () => scratch.empty());
  }
}

async function publishNamed(
  named: NamedDataset,
  options: FetchOptions,
  fetch: Fetch,
  started: number,
): Promise<WholeTree> {
  const { layout, staging, progress } = fetch;
  const tree = join(staging, 'tree');
  const groups = await buildTree(named, tree, options, fetch);

  const { files, commit, subset, shape, tools } = named;
  const seconds = (performance.now() - started) / 1000;
  const content = { base: files.base, outputs: commit.outputs, datasetOid: files.oid, oid: subset.oid, groups };
  const provenance = describeTree(options, content, { versions: await tools.versions, seconds });
  await writeProvenance(tree, provenance);
  await progress.begin('publish');
  const { key } = options;
  await publishTree(layout, { ...shape, path: tree, key }, fetch);
  return { provenance, sample: await sampleOf(layout.tree(key), shape, groups) };
}
