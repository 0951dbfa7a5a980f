/** One output as a commit's metadata names it: what DVC keeps at that path, or why nobody can fetch it. */
import { posix } from 'node:path';
import { z } from 'zod';
import { hasControl } from '../../text.ts';
import { pathProblem } from './dir-object.ts';
import { byContent, byText, type ObjectNaming } from './object-naming.ts';

interface Place {
  /** Its path in the repository, without `.`, `..` or a slash at the end. */
  path: string;
  /** The file of the commit that names it: a `.dvc` file or a `dvc.lock`. */
  source: string;
}

/** A folder or a file whose objects are at a remote. */
export interface TrackedOutput extends Place {
  /** 32 hex digits, with `.dir` behind them for a folder. */
  oid: string;
  objectNaming: ObjectNaming;
  /** The remote that the output itself names; else the request's or the repository's default counts. */
  remote: string | null;
  files: number | null;
  bytes: number | null;
  /** False where `push: false` keeps it from what `dvc push` sends by itself. */
  pushed: boolean;
}

/** An output that can't be fetched. */
export interface RefusedOutput extends Place {
  /** The end of a sentence that begins with the path and the source. */
  why: string;
  /** True where DVC itself would leave it out and go on: the data around it is whole without it. */
  leftOut: boolean;
}

export type Output = TrackedOutput | RefusedOutput;

export function isTracked(output: Output): output is TrackedOutput {
  return !('why' in output);
}

/** True where DVC keeps a folder at this path. */
export function isFolder({ oid }: TrackedOutput): boolean {
  return oid.endsWith('.dir');
}

/** The keys of an output that count; DVC of every version writes others beside them. */
export const outputSchema = z.looseObject({
  path: z.string(),
  md5: z.string().optional(),
  hash: z.string().optional(),
  size: z.number().optional(),
  nfiles: z.number().optional(),
  remote: z.string().nullish(),
  cache: z.boolean().optional(),
  push: z.boolean().optional(),
});

export type WrittenOutput = z.output<typeof outputSchema>;

/** What of an output stands elsewhere than beside its hash: for a pipeline's, in `dvc.yaml`. */
export interface OutputFlags {
  cache: boolean;
  push: boolean;
  remote: string | null;
}

/** The flags that stand in the output itself. */
export function ownFlags({ cache, push, remote }: WrittenOutput): OutputFlags {
  return { cache: cache ?? true, push: push ?? true, remote: remote ?? null };
}

/**
 * The output as `source` writes it, `folder` being what its path is relative to. Null where it lies outside of the
 * repository, as DVC calls data by URLs and absolute paths too, which no clone has.
 */
export function readOutput(
  written: WrittenOutput,
  { folder, source }: { folder: string; source: string },
  flags: OutputFlags,
): Output | null {
  const path = pathInRepository(folder, written.path);
  if (path === null) return null;
  const place = { path, source };
  const refused = (why: string): RefusedOutput => ({ ...place, why, leftOut: false });
  const problem = hasControl(path) ? 'has a control character' : pathProblem(path);
  if (problem) return refused(`has a path that ${problem}: rename it, dvc add it again and use that commit`);
  if (!flags.cache) {
    const why = 'is not kept by DVC (cache: false): git may have it, and code that needs it clones the repository';
    return { ...place, why, leftOut: true };
  }
  if (written.files !== undefined || written.version_id !== undefined || written.cloud !== undefined) {
    return refused('is of a cloud-versioned remote, which can not be fetched: use a remote without version_aware');
  }
  const { md5 } = written;
  if (md5 === undefined) return refused('has no md5: run dvc commit and dvc push with DVC 3, and use that commit');
  if (!/^[0-9a-f]{32}(?:\.dir)?$/.test(md5)) return refused('has an md5 that is none');
  if (written.hash !== undefined && written.hash !== 'md5')
    return refused('has objects named by another hash than md5');
  return {
    ...place,
    oid: md5,
    objectNaming: written.hash === 'md5' ? byContent : byText, // DVC 2 did not write which hash
    remote: flags.remote,
    files: count(written.nfiles),
    bytes: count(written.size),
    pushed: flags.push,
  };
}

/** Null where it is a URL, absolute, or leads out of the repository. The repository's own folder is `.`. */
export function pathInRepository(folder: string, written: string): string | null {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(written) || posix.isAbsolute(written)) return null;
  const path = posix.join(folder, written).replace(/\/$/, '');
  return path === '..' || path.startsWith('../') ? null : path;
}

/** True where `path` is `folder` or lies in it. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}

/** True where one of two paths is the other or lies in it. */
export function isRelated(one: string, other: string): boolean {
  return isAtOrBelow(one, other) || isAtOrBelow(other, one);
}

function count(value: number | undefined): number | null {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
