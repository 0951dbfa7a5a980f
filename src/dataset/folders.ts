/** The folders that a path of the repository lies in, as several rules ask for them. */

/** All of them, the outermost first; not the repository's own. */
export function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}

/** `path` as seen from `folder`, which it is or lies in; `.` is the repository's own folder. */
export function relativeTo(folder: string, path: string): string {
  return folder === '.' ? path : path.slice(folder.length + 1);
}
