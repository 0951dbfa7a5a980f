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
  const listed = await git.read(['ls-tree', '-z', '--full-tree', revision, '--', path]);
  // <mode> SP <type> SP <object> TAB <path> NUL
  const entry = /^([0-7]{6}) (\w+) ([0-9a-f]{40,64})\t([^\0]*)\0$/.exec(listed.toString('utf8'));
  if (!entry || entry[4] !== path) return null;
  const [, mode, , object = ''] = entry;
  // An executable file is as good as any: only its bytes are read.
  if (mode !== '100644' && mode !== '100755') {
    throw new FetchFailure('dataset', `${path} of the commit is ${kindOf(mode)} and must be a regular file`);
  }
  const size = Number((await git.read(['cat-file', '-s', object])).toString());
  if (size > maxBytes) {
    throw new FetchFailure('dataset', `${path} of the commit has ${size} bytes, and at most ${maxBytes} are read`);
  }
  return await git.read(['cat-file', 'blob', object], maxBytes);
}

/** The files below a folder of the commit, by their paths relative to it; at most `limit`, sorted as git sorts. */
export async function listRepositoryFolder(
  git: Git,
  revision: string,
  folder: string,
  limit: number,
): Promise<string[]> {
  const listed = await git.read(
    ['ls-tree', '-r', '-z', '--name-only', '--full-tree', revision, '--', `${folder}/`],
    64 * 1024 * 1024,
  );
  return listed
    .toString('utf8')
    .split('\0')
    .filter((path) => path.startsWith(`${folder}/`))
    .slice(0, limit)
    .map((path) => path.slice(folder.length + 1));
}

function kindOf(mode: string | undefined): string {
  if (mode === '120000') return 'a symlink';
  if (mode === '160000') return 'a submodule';
  return 'a folder';
}
