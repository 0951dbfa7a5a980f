/** What a commit names, from git over the metadata and the `.dir` object to exactly the wanted files: what a fetch begins with, and all that a verification believes. */
import { posix } from 'node:path';
import type { VolumeLayout } from '../dataset/layout.ts';
import { folderSplit, parseSplit } from '../dataset/split.ts';
import type { FetchContext } from './dvc/context.ts';
import { type DatasetFiles, datasetFiles, groupFiles, type ListedOutput } from './dvc-format/dataset-files.ts';
import { type DirObject, datasetRoom } from './dvc-format/dir-object.ts';
import type { ObjectNaming } from './dvc-format/object-naming.ts';
import { isFolder } from './dvc-format/output.ts';
import { refusal } from './dvc-format/select-outputs.ts';
import { listLimit, type SplitContent, selectSubset } from './dvc-format/subset.ts';
import { FetchFailure } from './failure/fetch-failure.ts';
import { forEachParallel } from './files/parallel.ts';
import { fetchRevision } from './git/git.ts';
import { type CommitContent, type LocatedOutput, readCommit } from './git/read-commit.ts';
import type { FetchOptions } from './options.ts';
import { openRemotes, type Remotes, wayTo } from './prepare-remote.ts';
import { prepareTools, type Tools } from './prepare-tools.ts';
import { readRemoteSecret } from './remote/secret.ts';
import { secretKeys } from './remote/types.ts';
import type { Progress } from './report/progress.ts';
import type { Scratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';
import { getDirObject, getSmallObject } from './transfer/get-dir-object.ts';
import { committedList, type FileGroup, type TreeShape, treeShape } from './tree/shape.ts';

/** What is needed to read it. */
export interface Reading extends FetchSurroundings {
  layout: VolumeLayout;
  scratch: Scratch;
  progress: Progress;
}

export interface NamedDataset {
  commit: CommitContent;
  /** The whole dataset, and what the split names of it. */
  files: DatasetFiles<LocatedOutput>;
  subset: DirObject;
  /** The subset's files, those together that come the same way. */
  groups: readonly FetchGroup[];
  /** The lists of the dataset's folders, as the remotes have them, without their entries: those are in memory once. */
  lists: readonly KeptList[];
  /** What the published tree consists of. */
  shape: TreeShape;
  /** What the shape's companions hold. */
  companions: ReadonlyMap<string, Buffer>;
  tools: Tools;
}

/** A `.dir` object that the volume's cache keeps. */
export interface KeptList extends Pick<DirObject, 'oid' | 'bytes'> {
  objectNaming: ObjectNaming;
}

/** Files with the way to their objects, which is open until `use` ends. */
export interface FetchGroup extends FileGroup {
  context: FetchContext;
}

/**
 * Reads it and gives it to `use`. Of the volume only objects are taken, as an object's hash is the name by which the commit
 * calls it.
 * @throws {FetchFailure} as `readCommit`, `prepareRemote`, `getDirObject` and `selectSubset`, and whatever `use` throws
 */
export async function withNamedDataset<T>(
  options: FetchOptions,
  reading: Reading,
  use: (named: NamedDataset) => Promise<T>,
): Promise<T> {
  const { scratch, progress, signal } = reading;
  await progress.begin('commit');
  const environment = await withRemoteSecret(options, reading);
  const tools = await prepareTools(options, { environment, own: reading.own, signal }, scratch);
  try {
    return await withTools(options, tools, { ...reading, environment }, use);
  } finally {
    await tools.versions.catch(() => {}); // a `dvc` that still begins would write into the scratch that is emptied now
  }
}

async function withTools<T>(
  options: FetchOptions,
  tools: Tools,
  reading: Reading,
  use: (named: NamedDataset) => Promise<T>,
): Promise<T> {
  const { progress } = reading;
  const { credentials } = tools.git;
  credentials.secrets.forEach(reading.addSecret);
  warnOfUnusedKeys("the git Secret's", credentials.unused, reading);
  const commit = await readCommit(await fetchRevision(options.reference, tools.git), options, remoteRules(options));
  await progress.begin('dataset');
  const remotes = openRemotes({ ...reading, tools, home: reading.scratch, jobs: options.jobs });
  try {
    return await use(await nameDataset(options, { commit, tools, remotes }, reading));
  } finally {
    await remotes.close();
  }
}

/** Each may be a run of DVC; a commit may track hundreds of folders. */
const listsAtOnce = 4;

/** The commit, with the ways to what it names. */
interface Named {
  commit: CommitContent;
  tools: Tools;
  remotes: Remotes;
}

async function nameDataset(
  options: FetchOptions,
  { commit, tools, remotes }: Named,
  { layout, signal }: Reading,
): Promise<NamedDataset> {
  const { directories, reference } = options;
  const folderOf = folderReader(layout, remotes);
  const listed: ListedOutput<LocatedOutput>[] = commit.outputs.map((output) => ({ output, list: null }));
  const listAll = async () => {
    await forEachParallel(listed, listsAtOnce, signal, async (each) => {
      each.list = await folderOf(each.output);
    });
    return datasetFiles(listed, directories.dataDir);
  };
  if (commit.list instanceof FetchFailure) throw await withLikelySplit(commit.list, options, listAll);
  const files = await listAll();
  const list = await readList(commit.list, options, { layout, remotes, folderOf });
  const subset = subsetOf(files, splitContent(options, list), commit);
  const groups: FetchGroup[] = [];
  for (const { output, entries } of groupFiles(files, subset, wayTo)) {
    const context = { ...(await remotes.contextOf(output)), listOf: listFinder(files) };
    groups.push({ objectNaming: output.objectNaming, entries, context });
  }
  const small = new Map(commit.metadataFiles);
  const [listPath] = committedList(directories, reference);
  if (list && listPath !== undefined) small.set(listPath, list);
  const shape = treeShape({ base: files.base, groups, small: [...small.keys()] });
  const companions = new Map(shape.companions.map((path) => [path, small.get(path) ?? Buffer.alloc(0)]));
  const lists = listed.flatMap(({ output: { objectNaming }, list: object }) =>
    object ? [{ oid: object.oid, bytes: object.bytes, objectNaming }] : [],
  );
  return { commit, files, subset, groups, lists, shape, companions, tools };
}

/** Which folder's list names an object: asked only for the words of a failure. */
function listFinder({ byOutput }: DatasetFiles<LocatedOutput>): FetchContext['listOf'] {
  return (oid) => {
    const found = byOutput.find(({ output, entries }) => isFolder(output) && entries.some(({ md5 }) => md5 === oid));
    return found?.output.oid ?? null;
  };
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

/** What the admin allows beyond the cloud's own, and which remote the pod or the admin names. */
function remoteRules({ schemes, endpoints, remote, fallback }: FetchOptions) {
  return { localFolders: schemes.includes('file'), endpoints, requested: remote, fallback };
}

/** The init container's environment and the keys of the remote's Secret, which win over nothing that the admin set; what is empty counts as not set. */
async function withRemoteSecret({ remoteSecretDir }: FetchOptions, reading: Reading): Promise<NodeJS.ProcessEnv> {
  const { values, unused } = await readRemoteSecret(remoteSecretDir);
  for (const [key, value] of Object.entries(values)) if (secretKeys.has(key) && value) reading.addSecret(value);
  warnOfUnusedKeys("the remote's Secret's", unused, reading);
  const { environment } = reading;
  return { ...environment, ...Object.fromEntries(Object.entries(values).filter(([key]) => !environment[key])) };
}

/** Their names only: a value may be a secret that stands under a wrong name. */
function warnOfUnusedKeys(whose: string, keys: readonly string[], { log }: Reading): void {
  if (keys.length === 0) return;
  log.warn({ keys }, `${whose} keys ${keys.join(', ')} are not used: docs/reference/remotes.md has those that are`);
}
