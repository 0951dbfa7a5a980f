/** What a commit says about a dataset: what DVC tracks of it, the list and the remotes, read from git's objects. */
import { posix } from 'node:path';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import { everyFile, parseSplit } from '../../dataset/split.ts';
import type { DvcConfig } from '../dvc-format/dvc-config.ts';
import { nearestPaths } from '../dvc-format/nearest-paths.ts';
import { isAtOrBelow, isTracked, type RefusedOutput, type TrackedOutput } from '../dvc-format/output.ts';
import { refusal, type SelectedOutputs } from '../dvc-format/select-outputs.ts';
import { listLimit } from '../dvc-format/subset.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { chooseRemote, type Remote, type RemoteRules } from '../remote/choose-remote.ts';
import { listRepositoryFolder, lookUp, readRepositoryFile } from './files.ts';
import type { Git } from './git.ts';
import { openProject, type Project } from './project.ts';

/** An output of the commit, and where its objects are. */
export interface LocatedOutput extends TrackedOutput {
  from: Remote;
}

/**
 * What the split names: nothing where it is no list, a list in git, one that DVC tracks and that is fetched first, or why
 * there is none: whoever knows the dataset's files may know what was meant.
 */
export type CommitList = Buffer | LocatedOutput | FetchFailure | null;

export interface CommitContent {
  /** At least one. */
  outputs: readonly LocatedOutput[];
  /** What lies at the path too and can't be had: a list may leave it out. */
  refused: readonly RefusedOutput[];
  /** The metadata files that name them, verbatim, by their paths. */
  metadataFiles: ReadonlyMap<string, Buffer>;
  list: CommitList;
}

/** @throws {FetchFailure} `notFound` where the commit has no such list or data, `dataset`, `usage` */
export async function readCommit(git: Git, dataset: DatasetIdentity, rules: RemoteRules): Promise<CommitContent> {
  const { reference, directories } = dataset;
  const project = await openProject(git, reference.revision, directories.dataDir);
  const { tracked, refused } = await selectData(git, project, dataset);
  const list = await findList(git, project, dataset);
  // Without a list that names files one by one, what can't be had is a part of the dataset that would be missing.
  const [missing] = refused;
  if (missing && list === null) throw refusal(missing);
  const locate = locator(await project.config(), rules);
  return {
    outputs: tracked.map(locate),
    refused,
    metadataFiles: new Map(tracked.map(({ source }) => [source, project.file(source)])),
    list: list && 'oid' in list ? locate(list) : list,
  };
}

async function selectData(
  git: Git,
  project: Project,
  { reference: { revision }, directories: { dataDir } }: DatasetIdentity,
): Promise<SelectedOutputs> {
  const { selected, unread } = project.outputsOf(dataDir);
  if (selected && !unread) return selected;
  if (unread && (selected || unread.source === `${dataDir}.dvc`)) throw unread.failure;
  const absent = await nothingTracked(git, project, { revision, path: dataDir });
  if (!unread) throw absent;
  throw new FetchFailure(
    'dataset',
    `${absent.message}; it may be in a file that can't be read: ${unread.failure.message}`,
  );
}

/** Says what the commit has instead. */
async function nothingTracked(
  git: Git,
  project: Project,
  { revision, path }: { revision: string; path: string },
): Promise<FetchFailure> {
  const nothing = `the commit has nothing that DVC tracks at ${path}`;
  const made = project.stageOf(path);
  if (made) {
    return new FetchFailure(
      'notFound',
      `${nothing}, which the stage ${made.stage} of ${made.file} would make but dvc.lock has not recorded: run dvc repro and dvc push, commit dvc.lock, and use that commit`,
    );
  }
  const submodule = await submoduleAbove(git, revision, path);
  if (submodule !== null) {
    return new FetchFailure(
      'notFound',
      `${nothing}: ${submodule} is a submodule, a repository of its own, so name that one in dvc.io/dataset (.gitmodules has its URL)`,
    );
  }
  return new FetchFailure('notFound', `${nothing}${whatThereIs(project, path)}`);
}

/** The end of the sentence: where it may be, or what to do. */
function whatThereIs(project: Project, path: string): string {
  // Before what is near: what lies below the path is what was most likely meant.
  const below = project.others.filter((each) => isAtOrBelow(each, path));
  if (below.length > 0) {
    return `, but DVC projects of their own lie below it: name a path in ${readable(below).join(' or ')} by dvc.io/data-dir`;
  }
  const all = project.everything();
  const tracked = all.filter(isTracked).map((each) => each.path);
  const near = readable(nearestPaths(tracked, path, 10));
  if (near.length > 0) return `; it tracks ${near.join(', ')}: name one by dvc.io/data-dir`;
  if (project.others.length > 0) {
    return `, but has other DVC projects: name a path in ${readable(project.others).join(' or ')} by dvc.io/data-dir`;
  }
  const [refused] = all.filter((each): each is RefusedOutput => !isTracked(each));
  if (refused) return `, nor anything that can be fetched: ${refusal(refused).message}`;
  const what = path === '.' ? 'the data' : path;
  return `, nor anything else in this repository: run dvc add on ${what}, dvc push and git commit, and use that commit`;
}

/** The first of the names, as many as a sentence holds. */
function readable(names: readonly string[]): string[] {
  let length = 0;
  return names.slice(0, 10).filter((name, index) => {
    length += name.length;
    return index === 0 || length <= 500;
  });
}

/** The path of the submodule that a path is or lies in. */
async function submoduleAbove(git: Git, revision: string, path: string): Promise<string | null> {
  for (let at = path; at !== '.'; at = posix.dirname(at)) {
    if ((await lookUp(git, revision, at))?.kind === 'a submodule') return at;
  }
  return null;
}

async function findList(
  git: Git,
  project: Project,
  { reference: { revision, split }, directories: { splitDir } }: DatasetIdentity,
): Promise<Buffer | TrackedOutput | FetchFailure | null> {
  const meant = parseSplit(split);
  if (meant.kind !== 'list') return null;
  const path = posix.join(splitDir, meant.path);
  const list = await readRepositoryFile(git, revision, path, listLimit);
  if (list) return list;
  const { selected } = project.outputsOf(path);
  const [tracked] = selected?.tracked ?? [];
  if (tracked && (path === tracked.path || path.startsWith(`${tracked.path}/`))) return tracked;
  return noList(git, revision, { path, splitDir });
}

async function noList(
  git: Git,
  revision: string,
  { path, splitDir }: { path: string; splitDir: string },
): Promise<FetchFailure> {
  const known = await listRepositoryFolder(git, revision, splitDir, 21);
  const names = known.slice(0, 20).join(', ');
  return new FetchFailure(
    'notFound',
    known.length === 0
      ? `the commit has no list ${path}, nor any in ${splitDir}/: name the folder of lists by dvc.io/split-dir, or use the split ${everyFile}`
      : `the commit has no list ${path}; it has ${names}${known.length > 20 ? ', …' : ''}`,
  );
}

/** Each has a process of DVC's, of some fifty megabytes. */
const mostRemotes = 8;

function tooManyRemotes(): FetchFailure {
  return new FetchFailure(
    'dataset',
    `the data at this path lies at more than ${mostRemotes} DVC remotes, and no more are asked in one fetch: name a part of it by dvc.io/data-dir, each as a dataset of its own`,
  );
}

/** Chooses each output's remote; outputs that name the same one share it. */
function locator(config: DvcConfig, rules: RemoteRules): (output: TrackedOutput) => LocatedOutput {
  const chosen = new Map<string | null, Remote>();
  return (output) => {
    const from = chosen.get(output.remote) ?? chooseRemote(config, output.remote, rules);
    chosen.set(output.remote, from);
    if (chosen.size > mostRemotes) throw tooManyRemotes();
    return { ...output, from };
  };
}
