/** Orders files so that many are made at once: a network file system makes the names of one folder one after the other. */

/** The same items, one of each folder in turn, so that neighbours lie in different folders. */
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
