/** A dataset's objects, each once: equal files are one object, however many paths they have. */
import type { DirEntry } from '../dvc-format/dir-object.ts';

/** The first entry of each object: equal files are fetched once, and the tree's writer takes them from the same entry. */
export function distinctObjects(entries: readonly DirEntry[]): Map<string, DirEntry> {
  const objects = new Map<string, DirEntry>();
  for (const entry of entries) if (!objects.has(entry.md5)) objects.set(entry.md5, entry);
  return objects;
}
