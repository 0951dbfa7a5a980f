/** Compares a published tree's names and types with what it must consist of; no link in it is ever followed. */
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { provenanceFile } from '../../dataset/provenance.ts';
import { isDamage } from '../failure/system-error.ts';
import { forEachParallel, volumeParallelism } from '../files/parallel.ts';
import { isRealFolder } from '../volume/folders.ts';
import { pathInTree, smallFiles, type TreeShape, treeFolders } from './shape.ts';

/** Paths relative to the tree. */
export interface TreeSurvey {
  /** Folders that are absent, or something else, or lie in such a one; each after the one it lies in. */
  missing: ReadonlySet<string>;
  /** Names that the dataset doesn't have, the topmost of each: files, links, whole folders. */
  extraneous: string[];
}

/** The name that an NFS client gives to a removed file which a process of its node still has open; it goes when that one closes it. */
const sillyRename = /^\.nfs[0-9a-f]{24}$/;

/** Reads every folder that the tree must have, level by level, so that none is reached through a link. */
export async function surveyTree(tree: string, shape: TreeShape, signal: AbortSignal): Promise<TreeSurvey> {
  const small = new Set([...smallFiles(shape), provenanceFile]);
  const data = new Set<string>();
  for (const { entries } of shape.groups) for (const { relpath } of entries) data.add(relpath);
  const prefix = pathInTree(shape, '');
  const isFile = (path: string) => small.has(path) || (path.startsWith(prefix) && data.has(path.slice(prefix.length)));
  const levels = treeFolders(shape);
  const folders = new Set(levels.flat());
  const missing = new Set(folders);
  if (!(await isRealFolder(tree))) missing.add('.');
  const extraneous: string[] = [];
  for (const level of [['.'], ...levels]) {
    const there = level.filter((folder) => !missing.has(folder));
    await forEachParallel(there, volumeParallelism, signal, async (folder) => {
      for (const entry of await entriesOf(join(tree, folder))) {
        const path = posix.join(folder, entry.name);
        if (folders.has(path)) {
          if (entry.isDirectory()) missing.delete(path);
        } else if (!isFile(path) && !sillyRename.test(entry.name)) extraneous.push(path);
      }
    });
  }
  missing.delete('.'); // the tree itself is none of its folders
  return { missing, extraneous };
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isDamage(error)) return []; // taken away in this moment, or closed to us: writing there will tell
    throw error;
  }
}
