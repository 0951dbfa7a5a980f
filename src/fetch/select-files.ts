/** Which files a dataset is: its outputs' lists put together, and of them what the split names. */
import { posix } from 'node:path';
import type { VolumeLayout } from '../dataset/layout.ts';
import { folderSplit, parseSplit } from '../dataset/split.ts';
import { type DatasetFiles, datasetFiles, type ListedOutput } from './dvc-format/dataset-files.ts';
import { type DirObject, datasetRoom } from './dvc-format/dir-object.ts';
import type { ObjectNaming } from './dvc-format/object-naming.ts';
import { isFolder } from './dvc-format/output.ts';
import { refusal } from './dvc-format/select-outputs.ts';
import { listLimit, type SplitContent, selectSubset } from './dvc-format/subset.ts';
import { FetchFailure } from './failure/fetch-failure.ts';
import { forEachParallel } from './files/parallel.ts';
import type { CommitContent, LocatedOutput } from './git/read-commit.ts';
import type { FetchOptions } from './options.ts';
import type { Remotes } from './prepare-remote.ts';
import { getDirObject, getSmallObject } from './transfer/get-dir-object.ts';

export interface SelectedFiles {
  /** The whole dataset, and what the split names of it. */
  files: DatasetFiles<LocatedOutput>;
  subset: DirObject;
  /** The split's list, verbatim; null where the split is none. */
  list: Buffer | null;
  /** The lists of the dataset's folders, as the remotes have them, without their entries: those are in memory once. */
  lists: readonly KeptList[];
}

/** A `.dir` object that the volume's cache keeps. */
export interface KeptList extends Pick<DirObject, 'oid' | 'bytes'> {
  objectNaming: ObjectNaming;
}

/** Where lists come from. */
interface Sources {
  layout: VolumeLayout;
  remotes: Remotes;
  signal: AbortSignal;
}

/** Each may be a run of DVC; a commit may track hundreds of folders. */
const listsAtOnce = 4;

/** @throws {FetchFailure} as `getDirObject` and `selectSubset`, and `notFound` where the commit has no such list */
export async function selectFiles(
  options: FetchOptions,
  commit: CommitContent,
  { layout, remotes, signal }: Sources,
): Promise<SelectedFiles> {
  const folderOf = folderReader(layout, remotes);
  const listed: ListedOutput<LocatedOutput>[] = commit.outputs.map((output) => ({ output, list: null }));
  const listAll = async () => {
    await forEachParallel(listed, listsAtOnce, signal, async (each) => {
      each.list = await folderOf(each.output);
    });
    return datasetFiles(listed, options.directories.dataDir);
  };
  if (commit.list instanceof FetchFailure) throw await withLikelySplit(commit.list, options, listAll);
  const files = await listAll();
  const list = await readList(commit.list, options, { layout, remotes, folderOf });
  const subset = subsetOf(files, splitContent(options, list), commit);
  const lists = listed.flatMap(({ output: { objectNaming }, list: object }) =>
    object ? [{ oid: object.oid, bytes: object.bytes, objectNaming }] : [],
  );
  return { files, subset, list, lists };
}

/** Gets the list of an output's folder; null for a single file. */
type FolderReader = (output: LocatedOutput) => Promise<DirObject | null>;

/** Gets each list once: folders with the same files have the same one, and a split's list may lie in one of the dataset's. */
function folderReader(layout: VolumeLayout, remotes: Remotes): FolderReader {
  const room = datasetRoom();
  const known = new Map<string, Promise<DirObject>>();
  const get = async (output: LocatedOutput) => getDirObject(layout, output.oid, room, await remotes.contextOf(output));
  return async (output) => {
    if (!isFolder(output)) return null;
    const name = `${output.objectNaming.hash} ${output.oid}`;
    const list = known.get(name) ?? get(output);
    known.set(name, list);
    return list;
  };
}

/** The split with its list, which `readCommit` has found where it is one. */
function splitContent({ directories: { splitDir }, reference }: FetchOptions, list: Buffer | null): SplitContent {
  const split = parseSplit(reference.split);
  if (split.kind !== 'list') return split;
  return { kind: 'list', path: posix.join(splitDir, split.path), list: list ?? Buffer.alloc(0) };
}

/** The failure of an absent list, with the folder of the dataset that has its name: then that is what was meant. */
async function withLikelySplit(
  absent: FetchFailure,
  { directories: { dataDir }, reference: { split } }: FetchOptions,
  listAll: () => Promise<DatasetFiles<LocatedOutput>>,
): Promise<FetchFailure> {
  const files = await listAll().catch(() => null); // where that can't be known, it is still the list that is absent
  const paths = files?.whole.entries.map(({ relpath }) => relpath) ?? [];
  const meant = folderSplit(split, paths, dataDir);
  if (meant === null) return absent;
  const why = `${absent.message}; the dataset has a folder of that name, which the split ${meant} means`;
  return new FetchFailure(absent.exit, why);
}

/** @throws {FetchFailure} as `selectSubset`, and where lines are wrong with what of the path can't be had, as they may mean that */
function subsetOf(
  { whole, base }: DatasetFiles<LocatedOutput>,
  content: SplitContent,
  { refused: [missing] }: CommitContent,
): DirObject {
  try {
    return selectSubset(whole, content, base);
  } catch (error) {
    if (!(error instanceof FetchFailure) || !missing) throw error;
    error.message = `${error.message}; besides, ${refusal(missing).message}`;
    throw error;
  }
}

/** The list's bytes; null where the split is none. */
async function readList(
  list: Buffer | LocatedOutput | null,
  { directories: { splitDir }, reference: { split } }: FetchOptions,
  { layout, remotes, folderOf }: { layout: VolumeLayout; remotes: Remotes; folderOf: FolderReader },
): Promise<Buffer | null> {
  if (list === null || Buffer.isBuffer(list)) return list;
  const path = posix.join(splitDir, split);
  const { base, whole } = datasetFiles([{ output: list, list: await folderOf(list) }], path);
  const [only] = whole.entries;
  if (only && base !== path) {
    const context = { ...(await remotes.contextOf(list)), listOf: () => (isFolder(list) ? list.oid : null) };
    return getSmallObject(layout, { oid: only.md5, maxBytes: listLimit }, context);
  }
  throw new FetchFailure(
    'notFound',
    `${path}, which DVC tracks (${list.source}), is a folder and no list: name a list in it`,
  );
}
