/** What a tree must consist of: its files of data, and the small files beside them, which follow from the dataset's name alone. */
import { posix } from 'node:path';
import type { Directories } from '../../dataset/directories.ts';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import { everyFile } from '../../dataset/reference.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';

/** The tree's provenance is there beside these. */
export interface TreeShape {
  directories: Directories;
  entries: readonly DirEntry[];
  /** What the entries' hashes are. */
  objectNaming: ObjectNaming;
  /** The small files beside the data, relative to the tree: the metadata, and the list unless the split is every file. */
  companions: readonly string[];
}

/** The shape of a dataset's tree with these files of data. */
export function treeShape(
  { directories, reference: { split } }: DatasetIdentity,
  { entries, objectNaming }: Pick<TreeShape, 'entries' | 'objectNaming'>,
): TreeShape {
  const { dataDir, splitDir } = directories;
  const lists = split === everyFile ? [] : [posix.join(splitDir, split)];
  return { directories, entries, objectNaming, companions: [`${dataDir}.dvc`, ...lists] };
}
