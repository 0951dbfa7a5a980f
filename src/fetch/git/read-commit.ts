/** What a commit says about a dataset: the metadata, the list and the remote, read from git's objects. */
import { dirname, posix } from 'node:path';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import { everyFile, type Reference } from '../../dataset/reference.ts';
import { dvcConfigLimit, parseDvcConfig } from '../dvc-format/dvc-config.ts';
import { isPipelineOutput, lockLimit, type Metadata, metadataLimit, readMetadata } from '../dvc-format/dvc-file.ts';
import { listLimit } from '../dvc-format/subset.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { chooseRemote, type Remote, type RemoteRules } from '../remote/choose-remote.ts';
import { listRepositoryFolder, readRepositoryFile } from './files.ts';
import type { Git } from './git.ts';

export interface CommitContent {
  metadata: Metadata;
  /** `<dataDir>.dvc`, verbatim. */
  metadataFile: Buffer;
  /** The list, verbatim; null where the split is every file. */
  list: Buffer | null;
  remote: Remote;
}

/** @throws {FetchFailure} `notFound` where the split or the data folder's metadata is absent, `dataset`, `usage` */
export async function readCommit(
  git: Git,
  { reference, directories }: DatasetIdentity,
  rules: RemoteRules,
): Promise<CommitContent> {
  const metadataPath = `${directories.dataDir}.dvc`;
  const metadataFile = await readRepositoryFile(git, reference.revision, metadataPath, metadataLimit);
  if (!metadataFile) throw await noMetadata(git, reference.revision, directories.dataDir);
  const metadata = readMetadata(metadataFile.toString('utf8'), directories.dataDir);
  const list = await readList(git, reference, directories.splitDir);
  const config = parseDvcConfig(await readConfig(git, reference.revision, directories.dataDir));
  const remote = chooseRemote(config, metadata.remote, rules);
  return { metadata, metadataFile, list, remote };
}

/** A folder without metadata of its own may still be DVC's: what a pipeline makes is in the pipeline's record. */
async function noMetadata(git: Git, revision: string, dataDir: string): Promise<FetchFailure> {
  const lockPath = posix.join(dirname(dataDir), 'dvc.lock');
  const lock = await readRepositoryFile(git, revision, lockPath, lockLimit);
  if (lock && isPipelineOutput(lock.toString('utf8'), lockPath, posix.basename(dataDir))) {
    return new FetchFailure(
      'dataset',
      `${dataDir} is the output of a pipeline (${lockPath} of the commit), which can not be fetched: dvc add the folder, or name another by dvc.io/data-dir`,
    );
  }
  return new FetchFailure(
    'notFound',
    `the commit has no ${dataDir}.dvc: name the folder that DVC tracks by dvc.io/data-dir, or run dvc add ${dataDir} and commit`,
  );
}

async function readList(git: Git, { revision, split }: Reference, splitDir: string): Promise<Buffer | null> {
  if (split === everyFile) return null;
  const path = posix.join(splitDir, split);
  const list = await readRepositoryFile(git, revision, path, listLimit);
  if (list) return list;
  const known = await listRepositoryFolder(git, revision, splitDir, 21);
  const names = known.slice(0, 20).join(', ');
  throw new FetchFailure(
    'notFound',
    known.length === 0
      ? `the commit has no list ${path}, nor any in ${splitDir}/: name the folder of lists by dvc.io/split-dir, or use the split ${everyFile}`
      : `the commit has no list ${path}; it has ${names}${known.length > 20 ? ', …' : ''}`,
  );
}

/** The configuration of the DVC project that the data folder belongs to: the nearest one above it (dvc init --subdir). */
async function readConfig(git: Git, revision: string, dataDir: string): Promise<string> {
  for (let folder = dirname(dataDir); ; folder = dirname(folder)) {
    const path = posix.join(folder, '.dvc', 'config');
    const config = await readRepositoryFile(git, revision, path, dvcConfigLimit);
    if (config) return config.toString('utf8');
    if (folder === '.') return ''; // no project at all: then there is no remote, and that is what people are told
  }
}
