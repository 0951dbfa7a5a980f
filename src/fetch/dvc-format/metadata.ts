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

/** Reads the metadata that matters to a path, each file once however many paths are asked for. */
export type MetadataReader = (path: string) => Metadata;

/**
 * The outputs of those files that may have one at, below or around the path that is asked for: with thousands of `.dvc` files
 * in a commit most of the time would go to others. `files` are all `.dvc` files, `dvc.lock` and `dvc.yaml` of the project,
 * by their paths.
 */
export function metadataReader(files: ReadonlyMap<string, Buffer>): MetadataReader {
  const known = new Map<string, Metadata>();
  const parts = [...files].flatMap(([source, bytes]) => {
    const isLock = posix.basename(source) === 'dvc.lock';
    if (!isLock && !isDvcFile(source)) return [];
    const yaml = isLock ? textOf(files, posix.join(posix.dirname(source), 'dvc.yaml')) : null;
    const text = bytes.toString('utf8');
    const leadsUpwards = text.includes('..') || (yaml?.includes('..') ?? false);
    return [{ source, text, yaml, isLock, leadsUpwards }];
  });
  return (path) => {
    const metadata: Metadata = { outputs: [], unread: [] };
    for (const part of parts) {
      // Paths in it lead downwards from its folder, unless it somewhere leads upwards.
      if (!part.leadsUpwards && !isRelated(posix.dirname(part.source), path)) continue;
      const read = known.get(part.source) ?? readPart(part);
      known.set(part.source, read);
      metadata.outputs.push(...read.outputs);
      metadata.unread.push(...read.unread);
    }
    return metadata;
  };
}

function readPart({
  source,
  text,
  yaml,
  isLock,
}: {
  source: string;
  text: string;
  yaml: string | null;
  isLock: boolean;
}): Metadata {
  try {
    if (!isLock) return { outputs: readDvcFile(text, source), unread: [] };
    const { outputs, unresolved } = readPipeline({ source, lock: text, yaml });
    const failures = unresolved.map((why) => new FetchFailure('dataset', `${why}: name data of another`));
    return { outputs, unread: failures.map((failure) => ({ source, failure })) };
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error;
    return { outputs: [], unread: [{ source, failure: error }] };
  }
}

function textOf(files: ReadonlyMap<string, Buffer>, path: string): string | null {
  return files.get(path)?.toString('utf8') ?? null;
}
