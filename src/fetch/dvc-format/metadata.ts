/** Reads the metadata files of a commit as the outputs that matter to one path. */
import { posix } from 'node:path';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { isDvcFile, readDvcFile } from './dvc-file.ts';
import { isRelated, type Output } from './output.ts';
import { readPipeline } from './pipeline.ts';

/** What the metadata files say. */
export interface Metadata {
  outputs: Output[];
  /** Files that say nothing that can be read, and stages of which nothing can be known: data of the path may be theirs. */
  unread: { source: string; failure: FetchFailure }[];
}

/**
 * The outputs of those files that may have one at, below or around `path`: with thousands of `.dvc` files in a commit most
 * of the time would go to others. `files` are all `.dvc` files, `dvc.lock` and `dvc.yaml` of the project, by their paths.
 */
export function readMetadata(files: ReadonlyMap<string, Buffer>, path: string): Metadata {
  const metadata: Metadata = { outputs: [], unread: [] };
  for (const [source, bytes] of files) {
    const isLock = posix.basename(source) === 'dvc.lock';
    if (!isLock && !isDvcFile(source)) continue;
    const yaml = isLock ? textOf(files, posix.join(posix.dirname(source), 'dvc.yaml')) : null;
    const text = bytes.toString('utf8');
    if (!mayTrack(source, `${text}${yaml ?? ''}`, path)) continue;
    try {
      if (isLock) {
        const { outputs, unresolved } = readPipeline({ source, lock: text, yaml });
        metadata.outputs.push(...outputs);
        for (const why of unresolved) {
          metadata.unread.push({ source, failure: new FetchFailure('dataset', `${why}: name data of another`) });
        }
      } else metadata.outputs.push(...readDvcFile(text, source));
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error;
      metadata.unread.push({ source, failure: error });
    }
  }
  return metadata;
}

/** Paths in it lead downwards from its folder, unless it somewhere leads upwards. */
function mayTrack(source: string, text: string, path: string): boolean {
  return isRelated(posix.dirname(source), path) || text.includes('..');
}

function textOf(files: ReadonlyMap<string, Buffer>, path: string): string | null {
  return files.get(path)?.toString('utf8') ?? null;
}
