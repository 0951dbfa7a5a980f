/** What a tree must consist of: its files of data, and the small files beside them, which follow from the dataset's name alone. */
import { posix } from 'node:path';
import type { Directories } from '../../dataset/directories.ts';
import type { DatasetIdentity } from '../../dataset/identity.ts';
import { everyFile } from '../../dataset/reference.ts';
import { type DirEntry, foldersOf } from '../dvc-format/dir-object.ts';
import type { ObjectNaming } from '../dvc-format/object-naming.ts';
import { byDepth } from './depth.ts';

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
  dataset: DatasetIdentity,
  { entries, objectNaming }: Pick<TreeShape, 'entries' | 'objectNaming'>,
): TreeShape {
  const { metadata, list } = companionPaths(dataset);
  const companions = list === null ? [metadata] : [metadata, list];
  return { directories: dataset.directories, entries, objectNaming, companions };
}

/** What a shape's companions hold: the commit's own files, verbatim. */
export function companionFiles(
  dataset: DatasetIdentity,
  commit: { metadataFile: Buffer; list: Buffer | null },
): Map<string, Buffer> {
  const { metadata, list } = companionPaths(dataset);
  const files = new Map([[metadata, commit.metadataFile]]);
  if (list !== null && commit.list !== null) files.set(list, commit.list);
  return files;
}

function companionPaths({ directories: { dataDir, splitDir }, reference: { split } }: DatasetIdentity) {
  return { metadata: `${dataDir}.dvc`, list: split === everyFile ? null : posix.join(splitDir, split) };
}

/** Every folder below the tree, relative to it, those of one depth together. */
export function treeFolders({ directories, entries, companions }: TreeShape): string[][] {
  const folders = new Set<string>();
  const add = (folder: string) => {
    if (folder === '.' || folders.has(folder)) return;
    add(posix.dirname(folder));
    folders.add(folder);
  };
  add(directories.dataDir);
  for (const path of companions) add(posix.dirname(path));
  for (const folder of foldersOf(entries, directories.dataDir)) folders.add(folder);
  return byDepth(folders);
}
