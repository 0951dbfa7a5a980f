/** Computes the key under which a dataset is published; webhook, command line and init container get the same one. */
import { hash } from 'node:crypto';
import type { Directories } from './directories.ts';
import type { Reference } from './reference.ts';

/** To be raised when the layout of published trees changes, so that old and new versions never share a tree. */
export const layoutVersion = 1;

/**
 * 32 lower-case hex digits. Equal for equal datasets however their repository is written (`Repository.canonical`),
 * different for everything that changes what is published: commit, split or directories.
 */
export function datasetKey(reference: Reference, directories: Directories): string {
  const identity = [
    layoutVersion,
    reference.repository.canonical,
    reference.revision,
    directories.dataDir,
    directories.splitDir,
    reference.split,
  ];
  return hash('sha256', JSON.stringify(identity)).slice(0, 32);
}
