/** Names the small files that a tree has beside its data; they follow from the dataset's name alone. */
import { posix } from 'node:path';
import type { Directories } from '../../dataset/directories.ts';
import { everyFile } from '../../dataset/reference.ts';

/** Paths relative to the tree: the metadata, and the list unless the split is every file. */
export function companionFiles({ dataDir, splitDir }: Directories, split: string): string[] {
  return [`${dataDir}.dvc`, ...(split === everyFile ? [] : [posix.join(splitDir, split)])];
}
