/** An order of files in which neighbours lie in different folders: a network file system makes the names of one folder one by one. */

/** The same items, taken from each of their folders in turn. */
export function interleaveFolders<T extends { relpath: string }>(items: readonly T[]): T[] {
  const folders = [...Map.groupBy(items, ({ relpath }) => relpath.slice(0, relpath.lastIndexOf('/') + 1)).values()];
  const longest = folders.reduce((most, { length }) => Math.max(most, length), 0);
  const result: T[] = [];
  for (let round = 0; round < longest; round += 1) {
    for (const folder of folders) {
      const item = folder[round];
      if (item) result.push(item);
    }
  }
  return result;
}
