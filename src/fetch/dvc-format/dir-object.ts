/** Reads a `.dir` object, DVC's list of a folder's files, and trusts none of it: its paths become paths on the volume. */
import { FetchFailure } from '../failure/fetch-failure.ts';
import type { JsonScalar } from './python-json.ts';

/** One file: DVC's own dictionary, kept verbatim as the subset is written from it. */
export type DirEntry = Readonly<Record<string, JsonScalar>> & { readonly md5: string; readonly relpath: string };

export const dirObjectLimits = { bytes: 2 ** 30, entries: 5_000_000 };

/**
 * The entries of a `.dir` object.
 * @throws {FetchFailure} `dataset` for anything that DVC would not have written or that could leave the tree
 */
export function parseDirObject(bytes: Buffer): DirEntry[] {
  if (bytes.length > dirObjectLimits.bytes) throw refused(`has ${bytes.length} bytes, more than the limit`);
  const entries: DirEntry[] = [];
  for (const text of topLevelObjects(bytes)) {
    if (entries.length === dirObjectLimits.entries) throw refused(`has more than ${dirObjectLimits.entries} entries`);
    entries.push(readEntry(text, entries.length + 1));
  }
  requireDistinctPaths(entries);
  return entries;
}

const [quote, backslash, open, close, comma, bracket, endBracket] = [...'"\\{},[]'].map((c) => c.charCodeAt(0));
const space = new Set([...' \t\r\n'].map((c) => c.charCodeAt(0)));

/**
 * Cuts `[{…}, {…}]` into its flat dictionaries. By hand, because a string can't hold 1 GiB, and because this way deep
 * nesting ends at its second bracket.
 */
function* topLevelObjects(bytes: Buffer): Generator<string> {
  let state: 'start' | 'first' | 'object' | 'separator' | 'next' | 'end' = 'start';
  let from = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (state === 'object') {
      if (inString) {
        if (byte === backslash) i += 1;
        else if (byte === quote) inString = false;
      } else if (byte === quote) inString = true;
      else if (byte === open || byte === bracket) throw refused('has nested values');
      else if (byte === close) {
        yield bytes.toString('utf8', from, i + 1);
        state = 'separator';
      }
    } else if (byte !== undefined && space.has(byte)) {
      // Python writes one space; any is fine.
    } else if (state === 'start' && byte === bracket) state = 'first';
    else if ((state === 'first' || state === 'next') && byte === open) {
      from = i;
      state = 'object';
    } else if (state === 'separator' && byte === comma) state = 'next';
    else if ((state === 'first' || state === 'separator') && byte === endBracket) state = 'end';
    else throw refused('is no list of dictionaries');
  }
  if (state !== 'end') throw refused('is cut off');
}

function readEntry(text: string, number: number): DirEntry {
  const refuse = (why: string): never => {
    throw refused(`${why} in entry ${number}`);
  };
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return refuse('has JSON that can not be read');
  }
  for (const value of Object.values(entry)) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) refuse('has a number that is no integer');
  }
  const { md5, relpath } = entry;
  if (typeof md5 !== 'string' || !/^[0-9a-f]{32}$/.test(md5)) return refuse('has no md5');
  if (typeof relpath !== 'string') return refuse('has no relpath');
  const problem = pathProblem(relpath);
  if (problem) refuse(`has the path ${JSON.stringify(relpath.slice(0, 200))}, which ${problem},`);
  return entry as DirEntry;
}

/** Why a path of a dataset can't be made below the tree, or null. Any name that Linux and DVC can hold is fine. */
export function pathProblem(path: string): string | null {
  if (path.length > 4096) return 'is longer than 4096 characters';
  if (path.startsWith('/')) return 'is absolute';
  if (path.includes('\0')) return 'holds a NUL';
  if (!path.isWellFormed()) return 'is no valid Unicode';
  for (const segment of path.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return 'has a "." or ".." segment';
    if (Buffer.byteLength(segment) > 255) return 'has a segment of more than 255 bytes';
    // dvc add leaves these out; whoever runs git in such a folder runs what its configuration says.
    if (segment.toLowerCase() === '.git') return 'has a segment named .git';
    if (segment.toLowerCase().startsWith('.dvc-injector')) return 'has a segment that is reserved for dvc-injector';
  }
  return null;
}

/** No path twice, and none that is a file and a folder at once. */
function requireDistinctPaths(entries: readonly DirEntry[]): void {
  const files = new Set<string>();
  for (const { relpath } of entries) {
    if (files.has(relpath)) throw refused(`names ${JSON.stringify(relpath)} twice`);
    files.add(relpath);
  }
  for (const folder of foldersOf(entries)) {
    if (files.has(folder)) throw refused(`names ${JSON.stringify(folder)} both as a file and as a folder`);
  }
}

/** Every folder that the entries need, each after the one it lies in; the data folder itself is not among them. */
export function foldersOf(entries: readonly DirEntry[]): Set<string> {
  const folders = new Set<string>();
  for (const { relpath } of entries) {
    for (let at = relpath.indexOf('/'); at >= 0; at = relpath.indexOf('/', at + 1)) folders.add(relpath.slice(0, at));
  }
  return folders;
}

function refused(why: string): FetchFailure {
  return new FetchFailure(
    'dataset',
    `the dataset's .dir object ${why}: it was not written by dvc add, so nothing of it is used`,
  );
}
