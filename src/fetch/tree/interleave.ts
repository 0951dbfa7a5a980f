/** Orders files so that many are made at once: a network file system makes the names of one folder one after the other. */

/** The same items, one of each folder in turn, so that neighbours lie in different folders. */
export function interleaveFolders<T extends { relpath: string }>(items: readonly T[]): T[] {
  let folders = [...Map.groupBy(items, ({ relpath }) => relpath.slice(0, relpath.lastIndexOf('/') + 1)).values()];
  const result: T[] = [];
  for (let round = 0; folders.length > 0; round += 1) {
    for (const folder of folders) result.push(folder[round] as T);
    // A million small folders must not be looked at again for each file of a large one.
    folders = folders.filter(({ length }) => length > round + 1);
  }
  return result;
}
