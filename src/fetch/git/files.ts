/** Reads single files of the fetched commit: regular ones only, as a symlink would name a file that nobody agreed to. */
import { FetchFailure } from '../failure/fetch-failure.ts';
import type { Git } from './git.ts';

/**
 * The bytes of a file of the commit, or null where there is none.
 * @throws {FetchFailure} `dataset` where the path is no regular file, or one of more than `maxBytes`
 */
export async function readRepositoryFile(
  git: Git,
  revision: string,
  path: string,
  maxBytes: number,
): Promise<Buffer | null> {
  const found = await lookUp(git, revision, path);
  if (!found) return null;
  // An executable file is as good as any: only its bytes are read.
  if (found.kind !== 'a file') {
    throw new FetchFailure('dataset', `${path} of the commit is ${found.kind} and must be a regular file`);
  }
  const size = Number((await git.read(['cat-file', '-s', found.object])).toString());
  if (size > maxBytes) throw tooLarge(path, size, maxBytes);
  return await git.read(['cat-file', 'blob', found.object], maxBytes);
}

/** What the commit has at a path. */
export type Kind = 'a file' | 'a symlink' | 'a submodule' | 'a folder';

/** What the commit has at this path, and the name of its object; null where there is nothing. */
export async function lookUp(git: Git, revision: string, path: string): Promise<{ kind: Kind; object: string } | null> {
  const listed = await git.read(['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', revision, '--', path]);
  // <mode> SP <type> SP <object> TAB <path> NUL
  const entry = /^([0-7]{6}) (\w+) ([0-9a-f]{40,64})\t([^\0]*)\0$/.exec(listed.toString('utf8'));
  return entry && entry[4] === path ? { kind: kindOf(entry[1]), object: entry[3] ?? '' } : null;
}

/** The files below a folder of the commit, by their paths relative to it; at most `limit`, sorted as git sorts. */
export async function listRepositoryFolder(
  git: Git,
  revision: string,
  folder: string,
  limit: number,
): Promise<string[]> {
  const flags = ['-r', '-z', '--name-only', '--full-tree'];
  const listed = await git.read(
    ['--literal-pathspecs', 'ls-tree', ...flags, revision, '--', `${folder}/`],
    64 * 1024 * 1024,
  );
  return listed
    .toString('utf8')
    .split('\0')
    .filter((path) => path.startsWith(`${folder}/`))
    .slice(0, limit)
    .map((path) => path.slice(folder.length + 1));
}

/** A file of the commit, and the name of its object. */
export interface ListedFile {
  path: string;
  kind: Kind;
  object: string;
}

/** What git calls a tree without anything in it, for hashes of 40 and of 64 digits. */
const emptyTrees: Readonly<Record<number, string>> = {
  40: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  64: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
};

/** In bytes, of a list of files: some hundred thousand names. */
const longestListing = 64 * 1024 * 1024;

/**
 * All files of the commit whose paths match one of these patterns of git's. As the difference to nothing, which
 * of all that looks into a commit is what takes patterns: a commit may have a million files.
 */
export async function findFiles(git: Git, revision: string, patterns: readonly string[]): Promise<ListedFile[]> {
  const nothing = emptyTrees[revision.length] ?? '';
  const flags = ['-r', '--raw', '-z', '--no-renames', '--no-abbrev'];
  const globs = patterns.map((pattern) => `:(glob)${pattern}`);
  const listed = await git.read(['diff-tree', ...flags, nothing, revision, '--', ...globs], longestListing);
  // :000000 SP <mode> SP <nothing> SP <object> SP A NUL <path> NUL
  const parts = listed.toString('utf8').split('\0');
  const files: ListedFile[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, mode, , object = ''] = (parts[at] ?? '').split(' ');
    files.push({ path: parts[at + 1] ?? '', kind: kindOf(mode), object });
  }
  return files;
}

/** What files hold, by their paths; for each one that is too large, the failure of who needs it. */
export interface FileContents {
  contents: Map<string, Buffer>;
  tooLarge: Map<string, FetchFailure>;
}

/**
 * Reads these files, but for such as have more bytes than `limitOf` their path, in two runs of git however many they are.
 * @throws {FetchFailure} `dataset` where they have more than `most` bytes all together
 */
export async function readFiles(
  git: Git,
  files: readonly ListedFile[],
  { limitOf, most }: { limitOf: (path: string) => number; most: number },
): Promise<FileContents> {
  const read: FileContents = { contents: new Map(), tooLarge: new Map() };
  const wanted: { path: string; object: string; size: number }[] = [];
  let total = 0;
  for (const { path, object, size } of await withSizes(git, files)) {
    if (size > limitOf(path)) {
      read.tooLarge.set(path, tooLarge(path, size, limitOf(path)));
      continue;
    }
    wanted.push({ path, object, size });
    total += size;
  }
  if (total > most) {
    throw new FetchFailure(
      'dataset',
      `the DVC metadata of the commit has ${total} bytes in ${wanted.length} files, and at most ${most} are read`,
    );
  }
  if (wanted.length === 0) return read;
  const bytes = await git.feed(['cat-file', '--batch'], namesOf(wanted), total + 128 * wanted.length);
  let at = 0;
  for (const { path, size } of wanted) {
    const from = bytes.indexOf('\n', at) + 1; // behind <object> SP blob SP <size>
    read.contents.set(path, bytes.subarray(from, from + size));
    at = from + size + 1;
  }
  return read;
}

async function withSizes(git: Git, files: readonly ListedFile[]): Promise<(ListedFile & { size: number })[]> {
  if (files.length === 0) return [];
  const sizes = await git.feed(['cat-file', '--batch-check=%(objectsize)'], namesOf(files), longestListing);
  const lines = sizes.toString('utf8').split('\n');
  return files.map((file, index) => ({ ...file, size: Number(lines[index]) }));
}

/** As `cat-file` takes them. */
function namesOf(files: readonly Pick<ListedFile, 'object'>[]): string {
  return `${files.map(({ object }) => object).join('\n')}\n`;
}

function tooLarge(path: string, size: number, limit: number): FetchFailure {
  return new FetchFailure('dataset', `${path} of the commit has ${size} bytes, and at most ${limit} are read`);
}

function kindOf(mode: string | undefined): Kind {
  if (mode === '100644' || mode === '100755') return 'a file';
  if (mode === '120000') return 'a symlink';
  if (mode === '160000') return 'a submodule';
  return 'a folder';
}
