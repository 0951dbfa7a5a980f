/** Which dataset is meant: what its annotation names, where its repository keeps it, and the key that both make. */
import type { Directories } from './directories.ts';
import { datasetKey } from './key.ts';
import type { Reference } from './reference.ts';

/** One dataset. `key` follows from the other two. */
export interface DatasetIdentity {
  reference: Reference;
  directories: Directories;
  key: string;
}

/** The dataset of this name, with its key (see `datasetKey`). */
export function identifyDataset(reference: Reference, directories: Directories): DatasetIdentity {
  return { reference, directories, key: datasetKey(reference, directories) };
}
