/** What a commit names, from git over the metadata and the `.dir` object to exactly the wanted files: what a fetch begins with, and all that a verification believes. */
import { join } from 'node:path';
import type { VolumeLayout } from '../dataset/layout.ts';
import type { FetchContext } from './dvc/context.ts';
import type { DirObject } from './dvc-format/dir-object.ts';
import { selectSubset } from './dvc-format/subset.ts';
import { fetchRevision } from './git/git.ts';
import { type CommitContent, readCommit } from './git/read-commit.ts';
import type { FetchOptions } from './options.ts';
import { prepareRemote } from './prepare-remote.ts';
import { prepareTools, type Tools } from './prepare-tools.ts';
import { readRemoteSecret } from './remote/secret.ts';
import { secretKeys } from './remote/types.ts';
import type { Progress } from './report/progress.ts';
import type { Scratch } from './scratch/scratch.ts';
import type { FetchSurroundings } from './surroundings.ts';
import { getDirObject } from './transfer/get-dir-object.ts';

/** What is needed to read it. */
export interface Reading extends FetchSurroundings {
  layout: VolumeLayout;
  scratch: Scratch;
  progress: Progress;
}

export interface NamedDataset {
  commit: CommitContent;
  /** The whole dataset, and what the split names of it. */
  dataset: DirObject;
  subset: DirObject;
  tools: Tools;
  /** The way to the remote, open until `use` ends. */
  context: FetchContext;
}

/**
 * Reads it and gives it to `use`. Of the volume only a `.dir` object is taken, as its hash is the name by which the commit
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
  const tools = await prepareTools(options, environment, scratch, signal);
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
  const { layout, scratch, progress } = reading;
  const { credentials } = tools.git;
  credentials.secrets.forEach(reading.addSecret);
  warnOfUnusedKeys("the git Secret's", credentials.unused, reading);
  const commit = await readCommit(await fetchRevision(options.reference, tools.git), options, remoteRules(options));
  logIgnoredKeys(commit, reading);

  await progress.begin('dataset');
  const context = await prepareRemote(commit, { ...reading, tools, home: scratch, jobs: options.jobs });
  try {
    const dataset = await getDirObject(layout, context);
    return await use({ commit, dataset, subset: subsetOf(dataset, commit, options), tools, context });
  } finally {
    await context.close();
  }
}

/** What the admin allows beyond the cloud's own. */
function remoteRules({ schemes, endpoints }: FetchOptions) {
  return { localFolders: schemes.includes('file'), endpoints };
}

function subsetOf(dataset: DirObject, { list }: CommitContent, { directories, reference }: FetchOptions): DirObject {
  return selectSubset(dataset, { path: join(directories.splitDir, reference.split), list }, directories.dataDir);
}

/** The init container's environment and the keys of the remote's Secret, which win over nothing that the admin set. */
async function withRemoteSecret({ remoteSecretDir }: FetchOptions, reading: Reading): Promise<NodeJS.ProcessEnv> {
  const { values, unused } = await readRemoteSecret(remoteSecretDir);
  for (const [key, value] of Object.entries(values)) if (secretKeys.has(key) && value) reading.addSecret(value);
  warnOfUnusedKeys("the remote's Secret's", unused, reading);
  return { ...values, ...reading.environment };
}

/** Their names only: a value may be a secret that stands under a wrong name. */
function warnOfUnusedKeys(whose: string, keys: readonly string[], { log }: Reading): void {
  if (keys.length === 0) return;
  log.warn({ keys }, `${whose} keys ${keys.join(', ')} are not used: docs/reference/remotes.md has those that are`);
}

function logIgnoredKeys({ remote }: CommitContent, { log }: Reading): void {
  if (remote.ignored.length === 0) return;
  log.info({ remote: remote.name, keys: remote.ignored }, "keys of the repository's .dvc/config are not used");
}
