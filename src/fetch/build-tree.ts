/** Builds the unpublished tree of a subset: links the objects that the volume has while the missing ones are fetched. */
import { join } from 'node:path';
import type { VolumeLayout } from '../dataset/layout.ts';
import type { FetchContext } from './dvc/context.ts';
import type { DirObject } from './dvc-format/dir-object.ts';
import { together } from './files/parallel.ts';
import type { CommitContent } from './git/read-commit.ts';
import type { FetchOptions } from './options.ts';
import type { Progress } from './report/progress.ts';
import { findCachedObjects } from './reuse/cached-objects.ts';
import { distinctObjects } from './reuse/distinct-objects.ts';
import { measureBudget } from './scratch/budget.ts';
import { fetchObjects } from './transfer/fetch-objects.ts';
import { interleaveFolders } from './tree/interleave.ts';
import { companionFiles, treeShape } from './tree/shape.ts';
import { type Sizes, startTree, writeSmallFile } from './tree/write.ts';
import { type ObjectCache, objectCache } from './volume/object-cache.ts';

/** What is built, and where. */
export interface RequestedTree {
  dataset: DirObject;
  subset: DirObject;
  commit: CommitContent;
  /** The tree's folder, directly below this process's own staging. */
  tree: string;
}

/** The parts of a fetch that this writes to. */
interface Destination {
  layout: VolumeLayout;
  staging: string;
  scratch: { root: string };
  progress: Progress;
}

/**
 * Writes all of the tree but its provenance, and returns the sizes of its objects.
 * @throws {FetchFailure} as `fetchObjects`; then nothing of it runs any more
 */
export async function buildTree(
  { dataset, subset, commit, tree }: RequestedTree,
  options: FetchOptions,
  { layout, staging, scratch, progress }: Destination,
  context: FetchContext,
): Promise<Sizes> {
  const { signal } = context;
  const { objectNaming } = commit.metadata;
  const files = distinctObjects(subset.entries);
  await progress.begin('cache', files.size);
  const requested = { oids: [...files.keys(), subset.oid, dataset.oid], objectNaming };
  const { sound, damaged } = await findCachedObjects(layout, requested, progress.read, signal);
  const missing = interleaveFolders([...files.values()].filter(({ md5 }) => !sound.has(md5)));
  const present = interleaveFolders([...files.values()].filter(({ md5 }) => sound.has(md5)));

  progress.expect({ objects: missing.length, files: subset.entries.length });
  await progress.begin('transfer', subset.entries.length);
  const budget = await measureBudget(scratch.root, options.scratchLimit);
  if (missing.length > 0) context.dvc.forks.start();
  const cache = objectCache(layout, { objectNaming, staging, damaged }, context);
  const shape = treeShape(options, { entries: subset.entries, objectNaming });
  const content = { ...shape, path: tree, files: companionFiles(options, commit) };
  const writer = await startTree(content, cache, progress.add, signal);
  await together(
    signal,
    async (ended) => {
      const oids = missing.map(({ md5 }) => md5);
      await cache.prepare(oids, ended);
      await writer.link(
        present.map(({ md5 }) => md5),
        ended,
      );
    },
    (ended) => fetchObjects(missing, writer, budget, { ...context, signal: ended }),
  );
  for (const object of new Map([dataset, subset].map((each) => [each.oid, each])).values()) {
    if (!sound.has(object.oid)) await keepDirObject(cache, staging, object);
  }
  return writer.sizes;
}

/** So that the volume's cache is one that DVC could use, and so that `--verify` knows what must be there. */
async function keepDirObject(cache: ObjectCache, staging: string, { oid, bytes }: DirObject): Promise<void> {
  const path = join(staging, oid);
  await writeSmallFile(path, bytes);
  await cache.keep(path, oid, bytes.length);
}
