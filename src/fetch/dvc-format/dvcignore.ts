/** Which of a commit's metadata files DVC does not look at: those that a `.dvcignore` names, by the rules of git's own. */
import { posix } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { foldersAbove, relativeTo } from '../../dataset/folders.ts';
import { clipped } from '../../text.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';

export const dvcIgnoreName = '.dvcignore';
/** In bytes. Larger is no file that a person keeps. */
export const dvcIgnoreLimit = 256 * 1024;

/**
 * A pattern is tried again from each character for each of its wildcards, and `**` from each folder: so many in all of a
 * line, and paths of so many characters, bound that to a second in the worst case.
 */
const most = { wildcards: 3, anyFolders: 1, path: 1024 };

/**
 * Tells of a path of the repository whether DVC ignores it, by these `.dvcignore` files, which are given by their paths.
 * @throws {FetchFailure} `dataset` where a pattern has more wildcards than are tried
 */
export function readDvcIgnore(files: ReadonlyMap<string, Buffer>): (path: string) => boolean {
  const rules = new Map(
    [...files].map(([file, bytes]) => [posix.dirname(file), rulesOf(file, bytes.toString('utf8'))]),
  );
  if (rules.size === 0) return () => false;
  const known = new Map<string, boolean>();
  /** By itself; that a folder above it is ignored is asked of that one. */
  const isNamed = (path: string, isFolder: boolean) => {
    let ignored = false;
    for (const folder of ['.', ...foldersAbove(path)]) {
      const found = rules.get(folder)?.test(`${relativeTo(folder, path)}${isFolder ? '/' : ''}`);
      if (found?.ignored) ignored = true;
      else if (found?.unignored) ignored = false;
    }
    return ignored;
  };
  const isIgnoredFolder = (path: string): boolean => {
    if (path === '.') return false;
    const found = known.get(path) ?? (isIgnoredFolder(posix.dirname(path)) || isNamed(path, true));
    known.set(path, found);
    return found;
  };
  return (path) => {
    if (path.length > most.path) throw tooLong(path);
    return isIgnoredFolder(posix.dirname(path)) || isNamed(path, false);
  };
}

function rulesOf(file: string, text: string): Ignore {
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) continue;
    const wildcards = line.match(/\*+/g) ?? [];
    if (wildcards.length <= most.wildcards && wildcards.filter((each) => each.length > 1).length <= most.anyFolders)
      continue;
    throw new FetchFailure(
      'dataset',
      `${file} of the commit, line ${index + 1}: a pattern with more than ${most.wildcards} wildcards, or more than one **, is not tried; write it with fewer`,
    );
  }
  return ignore({ ignorecase: false }).add(text);
}

function tooLong(path: string): FetchFailure {
  return new FetchFailure(
    'dataset',
    `the commit has a metadata file with a path of ${path.length} characters, and beside a ${dvcIgnoreName} at most ${most.path} are read: ${clipped(path, 100)}`,
  );
}
