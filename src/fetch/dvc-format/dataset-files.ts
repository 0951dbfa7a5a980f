/** All files of a dataset, put together from its outputs: folders with their lists, parts of folders and single files. */
import { posix } from 'node:path';
import { relativeTo } from '../../dataset/folders.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import type { DirEntry, DirObject } from './dir-object.ts';
import { isAtOrBelow, isFolder, type TrackedOutput } from './output.ts';
import { deriveDirObject } from './subset.ts';

/** An output with its folder's list, which a single file doesn't have. */
export interface ListedOutput<O extends TrackedOutput> {
  output: O;
  list: DirObject | null;
}

/** The dataset of one path of the repository. */
export interface DatasetFiles<O extends TrackedOutput> {
  /** The folder of the repository that the files' paths are relative to: the path itself, or the folder of a single file. */
  base: string;
  /** As if it were one folder of DVC's. */
  whole: DirObject;
  /** What names it in provenance: the only output's own object, else that of `whole`. */
  oid: string;
  /** The files by their output; each of these entries is one of `whole`. */
  byOutput: readonly { output: O; entries: readonly DirEntry[] }[];
}

/**
 * Puts the files at and below `path` together.
 * @throws {FetchFailure} `notFound` where a folder has nothing at the path
 */
export function datasetFiles<O extends TrackedOutput>(
  listed: readonly ListedOutput<O>[],
  path: string,
): DatasetFiles<O> {
  const [only, second] = listed;
  if (only?.list && !second && only.output.path === path) {
    const { output, list } = only;
    return { base: path, whole: list, oid: output.oid, byOutput: [{ output, entries: list.entries }] };
  }
  const found = listed.map(({ output, list }) => ({ output, entries: entriesIn(output, list, path) }));
  const single = found.length === 1 && found[0]?.entries.length === 1 && found[0].entries[0]?.relpath === '';
  const base = single ? posix.dirname(path) : path;
  const byOutput = single
    ? found.map(({ output, entries }) => ({
        output,
        entries: entries.map((entry) => ({ ...entry, relpath: posix.basename(path) })),
      }))
    : found;
  const whole = deriveDirObject(byOutput.flatMap(({ entries }) => entries));
  const isOwn = only && !second && only.output.path === path;
  return { base, whole, oid: isOwn ? only.output.oid : whole.oid, byOutput };
}

/** Of a subset's files, those together for whose outputs `wayOf` is the same. */
export function groupFiles<O extends TrackedOutput>(
  { byOutput }: DatasetFiles<O>,
  subset: DirObject,
  wayOf: (output: O) => string,
): { output: O; entries: readonly DirEntry[] }[] {
  const [first] = byOutput;
  if (!first) return [];
  // Mostly there is one way, and a table of millions of files would be made for nothing.
  if (new Set(byOutput.map(({ output }) => wayOf(output))).size === 1) {
    return [{ output: first.output, entries: subset.entries }];
  }
  const outputOf = new Map(byOutput.flatMap(({ output, entries }) => entries.map((entry) => [entry, output] as const)));
  const groups = Map.groupBy(subset.entries, (entry) => wayOf(outputOf.get(entry) ?? first.output));
  return [...groups.values()].map((entries) => ({
    output: (entries[0] && outputOf.get(entries[0])) ?? first.output,
    entries,
  }));
}

/** The output's entries with paths relative to `path`; the empty path is a file at `path` itself. */
function entriesIn(output: TrackedOutput, list: DirObject | null, path: string): DirEntry[] {
  if (!list || !isFolder(output)) return [{ md5: output.oid, relpath: relativeTo(path, output.path) }];
  if (isAtOrBelow(output.path, path)) {
    const folder = relativeTo(path, output.path);
    return list.entries.map((entry) => ({ ...entry, relpath: `${folder}/${entry.relpath}` }));
  }
  const inside = relativeTo(output.path, path);
  const prefix = `${inside}/`;
  const entries = list.entries
    .filter(({ relpath }) => relpath === inside || relpath.startsWith(prefix))
    .map((entry) => ({ ...entry, relpath: entry.relpath.slice(prefix.length) }));
  if (entries.length > 0) return entries;
  throw new FetchFailure('notFound', `${output.path}, which DVC tracks (${output.source}), has nothing at ${inside}`);
}
