/** Finds what the author of a wrong line of a list most likely meant: a folder, or a name written a little differently. */
import { globProblem } from './glob.ts';
import { everyFile } from './split.ts';

/**
 * For lines that name no file, why and what to write instead; a line that is like nothing is left out. Looks at each path of
 * the dataset once and keeps none, so that a list with many wrong lines and a large dataset need no more memory than a right one.
 */
export function likelyMeant(
  lines: readonly string[],
  dataDir: string,
  paths: Iterable<string>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (lines.length === 0) return found;
  const waiting = new Map<string, Wanted[]>();
  const folders = new Map<string, string[]>();
  for (const line of new Set(lines)) {
    if (plainFolder(line) === dataDir)
      found.set(line, `is the data directory; use the split ${everyFile} for all of it`);
    for (const path of readings(line, dataDir)) {
      folders.set(path, [...(folders.get(path) ?? []), line]);
      const key = alike(path);
      waiting.set(key, [...(waiting.get(key) ?? []), { line, path }]);
    }
  }
  for (const path of paths) {
    for (const wanted of waiting.get(alike(path)) ?? []) {
      if (!found.has(wanted.line)) found.set(wanted.line, otherSpelling(wanted.path, path));
    }
    for (let at = path.indexOf('/'); at > 0 && folders.size > 0; at = path.indexOf('/', at + 1)) {
      const folder = path.slice(0, at);
      for (const line of folders.get(folder) ?? []) found.set(line, aFolder(plainFolder(line)));
      folders.delete(folder);
    }
  }
  return found;
}

interface Wanted {
  line: string;
  /** As the dataset would have it. */
  path: string;
}

/** A line is relative to the data directory, or begins with it; a folder may end in a slash. */
function readings(line: string, dataDir: string): string[] {
  const path = plainFolder(line);
  return path.startsWith(`${dataDir}/`) ? [path, path.slice(dataDir.length + 1)] : [path];
}

function alike(path: string): string {
  return path.normalize('NFC').toLowerCase().normalize('NFC');
}

function otherSpelling(written: string, path: string): string {
  if (written.normalize('NFC') !== path.normalize('NFC'))
    return `is no file of the dataset, but ${JSON.stringify(path)} is: write capitals and small letters as it does`;
  const form = path === path.normalize('NFC') ? 'NFC' : path === path.normalize('NFD') ? 'NFD' : null;
  if (!form) return 'is a file of the dataset in another Unicode form; copy the name from the dataset';
  return `is a file of the dataset in another Unicode form; write the lines in ${form}, as Python's unicodedata.normalize("${form}", line) gives them`;
}

function plainFolder(line: string): string {
  return line.replace(/^\.\//, '').replace(/\/$/, '');
}

function aFolder(folder: string): string {
  const glob = `${folder}/**`;
  const writeFiles = 'write the paths of its files';
  return `is a folder of the dataset; ${globProblem(glob) ? writeFiles : `use the glob ${glob} as the split instead of a list, or ${writeFiles}`}`;
}
