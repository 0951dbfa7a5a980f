/** The DVC project of a commit that a path belongs to: its metadata and its configuration, read once from git's objects. */
import { posix } from 'node:path';
import { type DvcConfig, dvcConfigLimit, parseDvcConfig } from '../dvc-format/dvc-config.ts';
import { isDvcFile, metadataLimit } from '../dvc-format/dvc-file.ts';
import { dvcIgnoreLimit, dvcIgnoreName, readDvcIgnore } from '../dvc-format/dvcignore.ts';
import { containerMemory } from '../dvc-format/memory.ts';
import { metadataReader } from '../dvc-format/metadata.ts';
import { isAtOrBelow, isRelated, type Output } from '../dvc-format/output.ts';
import { lockLimit, pipelineLimit, stageDeclaring } from '../dvc-format/pipeline.ts';
import { type SelectedOutputs, selectOutputs } from '../dvc-format/select-outputs.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { findFiles, type ListedFile, readFiles, readRepositoryFile } from './files.ts';
import type { Git } from './git.ts';

/** A metadata file that can't be read, and why. */
export interface UnreadMetadata {
  source: string;
  failure: FetchFailure;
}

export interface Project {
  /**
   * What DVC tracks at, below or around a path of the repository; null where that is nothing. `unread` is why more may be
   * there: a metadata file that can't be read and may name a part of it.
   * @throws {FetchFailure} `dataset` where the one output can't be fetched, or outputs overlap
   */
  outputsOf(path: string): { selected: SelectedOutputs | null; unread: UnreadMetadata | null };
  /** The bytes of a metadata file that an output has as its source. */
  file(source: string): Buffer;
  /** All that the metadata files name that can be read, for people. */
  everything(): readonly Output[];
  /** The stage of a `dvc.yaml` that would make the path, with that file's path; null where none that can be read does. */
  stageOf(path: string): { stage: string; file: string } | null;
  /** The other DVC projects of the commit, by their folders. */
  readonly others: readonly string[];
  /** The project's `.dvc/config`; empty where there is none: then there is no remote, and that is what people are told. */
  config(): Promise<DvcConfig>;
}

/** In bytes, of all metadata files of a project. */
const metadataTotal = Math.min(256 * 1024 * 1024, Math.floor(containerMemory() / 8));
const limits = { limitOf, most: metadataTotal };

const inAnyFolder = (name: string) => `**/${name}`;
const patterns = ['*.dvc', 'Dvcfile', 'dvc.lock', 'dvc.yaml', '.dvc/*', dvcIgnoreName].map(inAnyFolder);

/**
 * Opens the project of `path`: the nearest one at or above it, as a repository may hold several (`dvc init --subdir`), of
 * which none looks into another.
 * @throws {FetchFailure} `dataset` where the metadata is more than is read
 */
export async function openProject(git: Git, revision: string, path: string): Promise<Project> {
  const listed = await findFiles(git, revision, patterns);
  const roots = new Set(listed.flatMap((file) => projectRoot(file.path) ?? []));
  const rootOf = (folder: string): string => {
    for (let at = folder; ; at = posix.dirname(at)) if (at === '.' || roots.has(at)) return at;
  };
  const root = rootOf(path);
  const own = listed.filter((file) => rootOf(posix.dirname(file.path)) === root);
  const ignoring = own.filter((file) => posix.basename(file.path) === dvcIgnoreName && file.kind === 'a file');
  const isIgnored = readDvcIgnore((await readFiles(git, ignoring, limits)).contents);
  const metadata = own.filter((file) => isMetadata(file.path) && !isIgnored(file.path));
  const regular = metadata.filter(({ kind }) => kind === 'a file');
  const { contents: files, tooLarge } = await readFiles(git, regular, limits);
  const links = metadata.filter(({ kind }) => kind !== 'a file').map((file) => [file.path, notRegular(file)] as const);
  const notRead = [...links, ...tooLarge].map(([source, failure]) => ({ source, failure }));
  const readFor = metadataReader(files);
  return {
    outputsOf(wanted) {
      const { outputs, unread } = readFor(wanted);
      const selected = selectOutputs(outputs, wanted);
      // An output that the path is or lies in is all of it; of a folder a file that can't be read may name a part.
      const isWhole = selected?.tracked.some((each) => isAtOrBelow(wanted, each.path)) ?? false;
      if (isWhole) return { selected, unread: null };
      const related = notRead.filter(({ source }) => isRelated(posix.dirname(source), wanted));
      const problems = [...related, ...unread];
      // Most likely it is in the file that is called as `dvc add` calls it.
      const likeliest = problems.find(({ source }) => source === `${wanted}.dvc`);
      return { selected, unread: likeliest ?? problems[0] ?? null };
    },
    file: (source) => files.get(source) ?? Buffer.alloc(0),
    everything: () => readFor('.').outputs,
    stageOf(wanted) {
      for (const [file, bytes] of files) {
        if (posix.basename(file) !== 'dvc.yaml') continue;
        const stage = orNull(() => stageDeclaring(bytes.toString('utf8'), file, wanted));
        if (stage !== null) return { stage, file };
      }
      return null;
    },
    others: [...roots].filter((each) => each !== root).sort(),
    async config() {
      const file = posix.join(root, '.dvc', 'config');
      const config = await readRepositoryFile(git, revision, file, dvcConfigLimit);
      return parseDvcConfig(config?.toString('utf8') ?? '');
    },
  };
}

/** The folder of the project whose `.dvc` holds this file, or null where it is no file of `.dvc`. */
function projectRoot(path: string): string | null {
  const folder = posix.dirname(path);
  return posix.basename(folder) === '.dvc' ? posix.dirname(folder) : null;
}

/** What lies in `.dvc` is DVC's own. */
function isMetadata(path: string): boolean {
  return (
    !path.split('/').includes('.dvc') && (isDvcFile(path) || ['dvc.lock', 'dvc.yaml'].includes(posix.basename(path)))
  );
}

function limitOf(path: string): number {
  const name = posix.basename(path);
  if (name === 'dvc.lock') return lockLimit;
  if (name === dvcIgnoreName) return dvcIgnoreLimit;
  return name === 'dvc.yaml' ? pipelineLimit : metadataLimit;
}

/** What can't be read elsewhere is no reason not to say what is wrong here. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof FetchFailure) return null;
    throw error;
  }
}

function notRegular({ path, kind }: ListedFile): FetchFailure {
  return new FetchFailure('dataset', `${path} of the commit is ${kind} and must be a regular file`);
}
