/** Builds the unpublished tree of a dataset: links the objects that the volume has while the missing ones are fetched. */
import { join } from 'node:path';
import type { VolumeLayout } from '../dataset/layout.ts';
import type { DirEntry } from './dvc-format/dir-object.ts';
import { together } from './files/parallel.ts';
import type { FetchOptions } from './options.ts';
import type { FetchGroup, NamedDataset } from './read-dataset.ts';
import type { StepContext } from './report/log.ts';
import type { Progress } from './report/progress.ts';
import { type CachedObjects, findCachedObjects } from './reuse/cached-objects.ts';
import { distinctObjects } from './reuse/distinct-objects.ts';
import { measureBudget, type ScratchBudget } from './scratch/budget.ts';
import type { KeptList } from './select-files.ts';
import { fetchObjects } from './transfer/fetch-objects.ts';
import { interleaveFolders } from './tree/interleave.ts';
import { pathInTree, type SizedGroup } from './tree/shape.ts';
import { groupWriter, startTree, writeSmallFile } from './tree/write.ts';
import { type ObjectCache, objectCache, refusalLog } from './volume/object-cache.ts';

/** The parts of a fetch that this writes to. */
interface Destination extends StepContext {
  layout: VolumeLayout;
  staging: string;
  scratch: { root: string };
  progress: Progress;
}

/** With what is said once of all that is written. */
interface Writing extends Destination {
  onRefusal(code: string): void;
}

/** A group, and what of it is on the volume. */
interface Look {
  group: FetchGroup;
  objects: ReadonlyMap<string, DirEntry>;
  cached: CachedObjects;
}

/**
 * Writes all of the tree but its provenance, and returns its groups with the sizes of their objects.
 * @throws {FetchFailure} as `fetchObjects`; then nothing of it runs any more
 */
export async function buildTree(
  named: NamedDataset,
  tree: string,
  options: FetchOptions,
  destination: Destination,
): Promise<SizedGroup[]> {
  const { scratch, progress, signal } = destination;
  const looks = await lookUpGroups(named, destination);
  const missing = looks.reduce((sum, { objects, cached }) => sum + missingOf(objects, cached).length, 0);
  const files = named.subset.entries.length;
  progress.expect({ objects: missing, files });
  await progress.begin('transfer', files);
  const budget = await measureBudget(scratch.root, options.scratchLimit);
  for (const { group, objects, cached } of looks) {
    if (missingOf(objects, cached).length > 0) group.context.dvc.forks.start();
  }
  await startTree({ ...named.shape, path: tree, files: named.companions }, signal);
  const folder = join(tree, pathInTree(named.shape, ''));
  const groups: SizedGroup[] = [];
  const writing = { ...destination, onRefusal: refusalLog(destination.log) };
  for (const look of looks) groups.push(await buildGroup(look, folder, budget, writing));
  await keepLists(named, writing);
  return groups;
}

async function lookUpGroups({ groups }: NamedDataset, { layout, progress, signal }: Destination): Promise<Look[]> {
  const wanted = groups.map((group) => ({ group, objects: distinctObjects(group.entries) }));
  await progress.begin(
    'cache',
    wanted.reduce((sum, { objects }) => sum + objects.size, 0),
  );
  const looks: Look[] = [];
  for (const { group, objects } of wanted) {
    const requested = { oids: [...objects.keys()], objectNaming: group.objectNaming };
    looks.push({ group, objects, cached: await findCachedObjects(layout, requested, progress.read, signal) });
  }
  return looks;
}

function missingOf(objects: ReadonlyMap<string, DirEntry>, { sound }: CachedObjects): DirEntry[] {
  return [...objects.values()].filter(({ md5 }) => !sound.has(md5));
}

async function buildGroup(
  { group, objects, cached }: Look,
  folder: string,
  budget: ScratchBudget,
  { layout, staging, progress, signal, onRefusal }: Writing,
): Promise<SizedGroup> {
  const { entries, objectNaming, context } = group;
  const missing = interleaveFolders(missingOf(objects, cached));
  const present = interleaveFolders([...objects.values()].filter(({ md5 }) => cached.sound.has(md5)));
  const cache = objectCache(layout, { objectNaming, staging, damaged: cached.damaged, onRefusal }, signal);
  const writer = groupWriter(group, { folder, cache, onFile: progress.add }, signal);
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
  return { objectNaming, entries, sizes: writer.sizes };
}

/** So that the volume's cache is one that DVC could use, and so that a later look at the tree knows what must be there. */
async function keepLists({ lists, subset, groups }: NamedDataset, destination: Writing): Promise<void> {
  const [first] = groups;
  const ofSubset = first ? [{ ...subset, objectNaming: first.objectNaming }] : [];
  const nameOf = ({ oid, objectNaming }: KeptList) => `${objectNaming.hash} ${oid}`;
  const distinct = new Map([...lists, ...ofSubset].map((list) => [nameOf(list), list]));
  for (const list of distinct.values()) await keepList(list, destination);
}

async function keepList({ oid, bytes, objectNaming }: KeptList, destination: Writing): Promise<void> {
  const { layout, staging, signal, onRefusal } = destination;
  const { sound, damaged } = await findCachedObjects(layout, { oids: [oid], objectNaming }, () => {}, signal);
  if (sound.has(oid)) return;
  const cache: ObjectCache = objectCache(layout, { objectNaming, staging, damaged, onRefusal }, signal);
  const path = join(staging, `${objectNaming.hash}-${oid}`); // the two namings may have a list of one name
  await writeSmallFile(path, bytes);
  await cache.keep(path, oid, bytes.length);
}
