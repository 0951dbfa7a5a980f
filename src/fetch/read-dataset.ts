/** What a commit names, from git over the metadata and the `.dir` object to exactly the wanted files: what a fetch begins with, and all that a verification believes. */
import type { VolumeLayout } from '../dataset/layout.ts';
import type { FetchContext } from './dvc/context.ts';
import { type DatasetFiles, groupFiles } from './dvc-format/dataset-files.ts';
import type { DirObject } from './dvc-format/dir-object.ts';
import { isFolder } from './dvc-format/output.ts';
import { fetchRevision } from './git/git.ts';
import { type CommitContent, type LocatedOutput, readCommit } from './git/read-commit.ts';
import type { FetchOptions } from './options.ts';
import { openRemotes, type Remotes, wayTo } from './prepare-remote.ts';
import { prepareTools, type Tools } from './prepare-tools.ts';
import { readRemoteSecret } from './remote/secret.ts';
import { secretKeys } from './remote/types.ts';
import type { Progress } from './report/progress.ts';
import type { Scratch } from './scratch/scratch.ts';
import { type KeptList, selectFiles } from './select-files.ts';
import type { FetchSurroundings } from './surroundings.ts';
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
  const selected = await selectFiles(options, commit, { layout, remotes, signal });
  const { files, subset, list } = selected;
  const groups: FetchGroup[] = [];
  for (const { output, entries } of groupFiles(files, subset, wayTo)) {
    const context = { ...(await remotes.contextOf(output)), listOf: listFinder(files) };
    groups.push({ objectNaming: output.objectNaming, entries, context });
  }
  const small = new Map(commit.metadataFiles);
  const [listPath] = committedList(options.directories, options.reference);
  if (list && listPath !== undefined) small.set(listPath, list);
  const shape = treeShape({ base: files.base, groups, small: [...small.keys()] });
  const companions = new Map(shape.companions.map((path) => [path, small.get(path) ?? Buffer.alloc(0)]));
  return { commit, files, subset, groups, lists: selected.lists, shape, companions, tools };
}

/** Which folder's list names an object: asked only for the words of a failure. */
function listFinder({ byOutput }: DatasetFiles<LocatedOutput>): FetchContext['listOf'] {
  return (oid) => {
    const found = byOutput.find(({ output, entries }) => isFolder(output) && entries.some(({ md5 }) => md5 === oid));
    return found?.output.oid ?? null;
  };
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
