/** Makes a finished tree visible: one rename for the tree, then the pointer, then proof that a container will see it. */
import { lstat, readdir, rename, rm, rmdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pointerSubPath, pointerTarget, type VolumeLayout } from '../../dataset/layout.ts';
import { provenanceFile } from '../../dataset/provenance.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { hasCode } from '../failure/system-error.ts';
import { runChild } from '../process/run-process.ts';
import type { StepContext } from '../report/log.ts';
import { moveFolder } from '../volume/replace.ts';
import { pointsToTree } from './find-published.ts';
import { repairTree, type SoundTree } from './repair.ts';

/**
 * Moves the tree to its place. If one is there already, another fetcher was first or an old one is damaged: what is
 * sound in it stays, as containers may be reading it, and each wrong file is replaced by ours in one step.
 */
export async function publishTree(layout: VolumeLayout, tree: SoundTree, context: StepContext): Promise<void> {
  await flushToDisk(tree.path, context.signal);
  const target = layout.tree(tree.key);
  if (!(await moveFolder(tree.path, target))) await repairTree(target, tree, context);
}

/** Says before the download what would refuse the pointer after it. @throws {FetchFailure} `io` */
export async function requireFreePointer(layout: VolumeLayout, key: string): Promise<void> {
  const existing = await lstatOrNull(layout.pointer(key));
  if (existing?.isDirectory() && (await readdir(layout.pointer(key))).length > 0) throw folderWithFiles(key);
  if (existing && !existing.isDirectory() && !(await pointsToTree(layout, key))) throw foreignPointer(key);
}

/**
 * Makes `datasets/<key>` the symlink to the tree, and sees it. A plain empty folder there was made by a kubelet that
 * started a container too early, and gives way; anything else is somebody's.
 * @throws {FetchFailure} `io` where something else is there
 */
export async function publishPointer(layout: VolumeLayout, key: string, staging: string): Promise<void> {
  const pointer = layout.pointer(key);
  if (!(await pointsToTree(layout, key))) {
    const temporary = join(staging, 'pointer');
    await rm(temporary, { force: true });
    await symlink(pointerTarget(key), temporary);
    await movePointer(layout, key, temporary);
  }
  // Through the pointer, as the kubelet will: an exit 0 without this makes training start on an empty folder.
  const seen = (await pointsToTree(layout, key)) && (await stat(join(pointer, provenanceFile)).catch(() => null));
  if (!seen)
    throw new FetchFailure(
      'io',
      `${pointerSubPath(key)} on the volume does not lead to the published tree: run the fetch again`,
    );
}

/** The kubelet may make the folder again between our two steps, each time that it starts a container too early. */
async function movePointer(layout: VolumeLayout, key: string, temporary: string): Promise<void> {
  const attempts = 10;
  const pointer = layout.pointer(key);
  for (let attempt = 1; ; attempt += 1) {
    const existing = await lstatOrNull(pointer);
    if (existing?.isDirectory()) await removeEmptyFolder(pointer, key);
    // Another leader's, in this moment, is as good as ours: a second one may exist where a lock was lost.
    else if (existing && !(await pointsToTree(layout, key))) throw foreignPointer(key);
    try {
      return await rename(temporary, pointer);
    } catch (error) {
      if (!hasCode(error, 'EISDIR', 'ENOTEMPTY', 'EEXIST') || attempt === attempts) throw error;
    }
  }
}

async function removeEmptyFolder(pointer: string, key: string): Promise<void> {
  try {
    await rmdir(pointer);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    throw folderWithFiles(key, error);
  }
}

function folderWithFiles(key: string, cause?: unknown): FetchFailure {
  return new FetchFailure(
    'io',
    `${pointerSubPath(key)} on the volume is a folder with files in it, which a container wrote there: move them away and run the fetch again`,
    { cause },
  );
}

/** Pointers are never retargeted: a container may be looking through it. */
function foreignPointer(key: string): FetchFailure {
  return new FetchFailure(
    'io',
    `${pointerSubPath(key)} on the volume is not this fetcher's pointer and is left alone: move it away and run the fetch again`,
  );
}

/**
 * After a node loses power no published file may be empty. One syncfs for all, as a flush per file costs a network
 * round trip or a disk's rotation each; NFS has flushed at every close already.
 */
async function flushToDisk(folder: string, signal: AbortSignal): Promise<void> {
  const env = { PATH: process.env.PATH ?? '' };
  const { exitCode, stderr } = await runChild('sync', ['-f', folder], { cwd: '/', env, signal });
  if (exitCode === 0) return;
  await lstat(folder); // throws where another leader took our staging away, which is no failure of the disk
  throw new FetchFailure(
    'io',
    `the volume could not write its data to disk: ${stderr.trim() || `sync ended with ${exitCode}`}`,
  );
}

async function lstatOrNull(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
