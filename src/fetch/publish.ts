/** Makes a finished tree visible: one rename for the tree, then the pointer, then proof that a container will see it. */
import { lstat, readdir, readFile, rename, rm, rmdir, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Directories, provenanceFile } from '../dataset/directories.ts';
import { pointerSubPath, pointerTarget, type VolumeLayout } from '../dataset/layout.ts';
import { runChild } from './child.ts';
import { type DirEntry, foldersOf } from './dir-object.ts';
import { FetchFailure, hasCode } from './failure.ts';
import type { Log } from './log.ts';
import { pointsToTree } from './published.ts';
import { checkTree, readProvenance } from './tree-check.ts';
import { makeFolder } from './volume.ts';

/** A complete tree in staging. */
export interface FinishedTree {
  path: string;
  key: string;
  directories: Directories;
  entries: readonly DirEntry[];
  /** The small files beside the data, relative to the tree. */
  companions: readonly string[];
}

/**
 * Moves the tree to its place. If one is there already, another fetcher was first or an old one is damaged: what is
 * sound in it stays, as containers may be reading it, and each wrong file is replaced by ours in one step.
 */
export async function publishTree(
  layout: VolumeLayout,
  tree: FinishedTree,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  await flushToDisk(tree.path, signal);
  const target = layout.tree(tree.key);
  try {
    await rename(tree.path, target);
    return;
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
  const { wrong } = await checkTree(target, tree.directories, tree.entries, signal);
  if (wrong.length > 0) log.warn({ files: wrong.length }, 'the published tree is damaged and is repaired');
  const data = tree.directories.dataDir;
  for (const folder of foldersOf(wrong)) await makeFolder(join(target, data, folder));
  for (const { relpath } of wrong) await rename(join(tree.path, data, relpath), join(target, data, relpath));
  for (const path of tree.companions) await replaceIfOther(join(tree.path, path), join(target, path));
  if (!(await readProvenance(target, tree.key)))
    await rename(join(tree.path, provenanceFile), join(target, provenanceFile));
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
    await placePointer(temporary, pointer, key);
  }
  // Through the pointer, as the kubelet will: an exit 0 without this makes training start on an empty folder.
  const seen = (await pointsToTree(layout, key)) && (await stat(join(pointer, provenanceFile)).catch(() => null));
  if (!seen)
    throw new FetchFailure(
      'io',
      `${pointerSubPath(key)} on the volume does not lead to the published tree: run the fetch again`,
    );
}

async function replaceIfOther(ours: string, theirs: string): Promise<void> {
  const there = await readFile(theirs).catch((error) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  });
  if (there === null || !there.equals(await readFile(ours))) await rename(ours, theirs);
}

async function placePointer(temporary: string, pointer: string, key: string): Promise<void> {
  const existing = await lstatOrNull(pointer);
  if (existing?.isDirectory()) await removeEmptyFolder(pointer, key);
  else if (existing) throw foreignPointer(key);
  await rename(temporary, pointer);
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
  const { exitCode, stderr } = await runChild('sync', ['-f', folder], { cwd: dirname(folder), env, signal });
  if (exitCode !== 0)
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
