/** Reads a `.dir` object, DVC's list of a folder's files, and trusts none of it: its paths become paths on the volume. */
import { FetchFailure } from '../failure/fetch-failure.ts';
import { containerMemory, heapForData, heapLimit, megabytes, moreMemory } from './memory.ts';
import type { JsonScalar } from './python-json.ts';

/** One file: DVC's own dictionary, kept verbatim as the subset is written from it. */
export type DirEntry = Readonly<Record<string, JsonScalar>> & { readonly md5: string; readonly relpath: string };

/** A `.dir` object and what it lists. */
export interface DirObject {
  /** md5 of the bytes, and `.dir`. */
  oid: string;
  bytes: Buffer;
  entries: readonly DirEntry[];
}

/** The bytes are in memory as long as the fetch runs, beside those of the subset. */
export const dirObjectLimits = { bytes: Math.min(2 ** 30, Math.floor(containerMemory() / 4)), entries: 5_000_000 };

/** Longer is no entry of DVC's: the longest path, each character written as an escape, has 24 kB. */
const longestEntry = 64 * 1024;

/**
 * What a fetch keeps on the heap in its maps, in bytes, measured: of a file, its md5 among them, and for each character of
 * its path; of each further key; of a folder. A folder's path is a part of a file's, and so takes nothing of its own.
 */
const cost = { file: 230, character: 2, key: 160, folder: 130 };

/**
 * The entries of a `.dir` object; `room` is what several of one dataset share.
 * @throws {FetchFailure} `dataset` for anything that DVC would not have written or that could leave the tree, and for
 * more than the memory holds
 */
export function parseDirObject(bytes: Buffer, room: DatasetRoom = datasetRoom()): DirEntry[] {
  const { bytes: mostBytes, entries: mostEntries } = dirObjectLimits;
  if (bytes.length > mostBytes) throw refused(`has ${bytes.length} bytes, and at most ${mostBytes} are read`);
  room.hold(bytes.length);
  const entries: DirEntry[] = [];
  for (const text of topLevelObjects(bytes)) {
    if (entries.length === mostEntries) throw refused(`has more than ${mostEntries} entries`);
    const entry = readEntry(text, entries.length + 1);
    entries.push(entry);
    room.take(costOf(entry), 'file');
  }
  requireDistinctPaths(entries, room);
  return entries;
}

/** The memory that is left for a dataset's files, whose lists share it. */
export interface DatasetRoom {
  /** Holds the bytes of a list. @throws {FetchFailure} `dataset` where all lists have more than one may have */
  hold(bytes: number): void;
  /** Takes what a file or a folder of a list needs on the heap. @throws {FetchFailure} `dataset` where it is used up, and by what */
  take(bytes: number, what: 'file' | 'folder'): void;
}

/** All of it. */
export function datasetRoom(): DatasetRoom {
  const room = heapForData();
  const count = { file: 0, folder: 0 };
  let taken = 0;
  let held = 0;
  return {
    hold(bytes) {
      held += bytes;
      const most = dirObjectLimits.bytes;
      if (held <= most) return;
      throw new FetchFailure(
        'dataset',
        `the dataset's .dir objects have more than ${most} bytes together, the most that is read in this memory: name fewer of its folders by dvc.io/data-dir, or ${moreMemory}`,
      );
    },
    take(bytes, what) {
      taken += bytes;
      count[what] += 1;
      if (taken <= room) return;
      const first = `${count.file} files${count.folder > 0 ? ` and ${count.folder} folders` : ''}`;
      throw new FetchFailure(
        'dataset',
        `the dataset's .dir object has too many files for this memory: the first ${first} fill the ${megabytes(room)} that a heap of ${megabytes(heapLimit())} leaves for them; ${moreMemory}`,
      );
    },
  };
}

function costOf(entry: DirEntry): number {
  let bytes = cost.file + cost.character * entry.relpath.length;
  for (const [key, value] of Object.entries(entry)) {
    if (key === 'md5' || key === 'relpath') continue;
    bytes += cost.key + cost.character * (key.length + (typeof value === 'string' ? value.length : 0));
  }
  return bytes;
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
        if (i - from >= longestEntry) throw refused(`has an entry of more than ${longestEntry} bytes`);
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

/** Why a path of a dataset can't be made below the tree, or null. Whether it is published is the subset's to say. */
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
function requireDistinctPaths(entries: readonly DirEntry[], room: DatasetRoom): void {
  const files = new Set<string>();
  for (const { relpath } of entries) {
    if (files.has(relpath)) throw refused(`names ${JSON.stringify(relpath)} twice`);
    files.add(relpath);
  }
  for (const folder of eachFolder(entries)) {
    room.take(cost.folder, 'folder');
    if (files.has(folder)) throw refused(`names ${JSON.stringify(folder)} both as a file and as a folder`);
  }
}

/** Every folder that the entries need, each after the one it lies in, and all in `base`, which is not among them. */
export function foldersOf(entries: readonly DirEntry[], base = ''): Set<string> {
  return new Set(eachFolder(entries, base));
}

/**
 * Looks from the deepest folder upwards and ends at one that is known, as all above it are then. What it yields are
 * slices, for which V8 keeps no characters but the path's own: written out, those of a path with 2,000 folders are 4 MB.
 */
function* eachFolder(entries: readonly DirEntry[], base = ''): Generator<string> {
  const known = new Set<string>();
  for (const { relpath } of entries) {
    const path = base === '' ? relpath : `${base}/${relpath}`;
    const fresh: string[] = [];
    for (let at = path.lastIndexOf('/'); at > base.length; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (known.has(folder)) break;
      known.add(folder);
      fresh.push(folder);
    }
    yield* fresh.reverse();
  }
}

function refused(why: string): FetchFailure {
  return new FetchFailure(
    'dataset',
    `the dataset's .dir object ${why}: it was not written by dvc add, so nothing of it is used`,
  );
}
