/** `state/<key>.json`: what everybody reads to know how far a dataset is, and the file that its lock is on. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute, normalize } from 'node:path';
import { z } from 'zod';
import type { VolumeLayout } from '../../dataset/layout.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { hasCode, withPath } from '../failure/system-error.ts';
import { readAsItIs } from '../files/read-regular.ts';
import { makeVolumeFolders, shareFile } from './folders.ts';
import { moveFolderAside } from './replace.ts';

/** Relative to the tree, and in it: anybody who may write to the volume can write a state. */
const pathInTree = z
  .string()
  .refine((path) => !isAbsolute(path) && normalize(path) === path && path !== '..' && !path.startsWith('../'));
const sampled = z.object({ path: pathInTree, bytes: z.int().min(0) });

const amount = z.number().min(0);
const figures = z.object({
  files: amount,
  of: amount,
  bytes: amount,
  rate: amount.optional(),
  eta: amount.optional(),
  downloadedFiles: amount.optional(),
  toDownload: amount.optional(),
  downloadedBytes: amount.optional(),
});

const stateSchema = z.object({
  key: z.string(),
  /** The canonical reference, for people who look into the file. */
  dataset: z.string(),
  phase: z.string(),
  updatedAt: z.string(),
  /** While fetching: how far the leader is. */
  progress: figures.optional(),
  /** Once published: some of the tree's files, which every later start looks at. */
  sample: z.array(sampled).optional(),
});

export type State = z.output<typeof stateSchema>;
export type SampledFile = z.output<typeof sampled>;
export const publishedPhase = 'published';

/** Larger, in bytes, is no state that this program wrote. */
const stateLimit = 1024 * 1024;

/**
 * Reads the state of a dataset, making the file if there is none: the question "is it there?" must not be asked by
 * looking up a name that may be absent, because NFS clients remember the absence for 30–60 s after somebody else made
 * it. It is opened anew each time, as an NFS client asks the server for a file's content again only when it is opened
 * (close-to-open). Null where nobody has written a state yet, or one was cut off by a crash, or there is garbage.
 * @throws {FetchFailure} `io` where something else than a file has the name
 */
export async function readOrMakeState(layout: VolumeLayout, key: string): Promise<State | null> {
  const path = layout.state(key);
  const file = await openOrMake(layout, path);
  try {
    const found = await withPath(path, () => file.stat());
    if (!found.isFile()) throw noFile(path);
    await shareFile(path, file);
    if (found.size > stateLimit) return null;
    return parseState(await withPath(path, () => file.readFile('utf8')), key);
  } finally {
    await file.close();
  }
}

/**
 * Rewrites the state through the lock's own handle: in place, as a rename would leave the lock on the old inode.
 * A reader may see it half written, and takes that for no state. Flushed at once: an NFS client keeps what it wrote to
 * itself until then or until the file is closed, which the lock's file is only at the end, and a full volume would be
 * noticed as late.
 */
export async function writeState(layout: VolumeLayout, file: FileHandle, state: State): Promise<void> {
  const path = layout.state(state.key);
  const bytes = Buffer.from(`${JSON.stringify(state)}\n`);
  await withPath(path, async () => {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, at);
      at += bytesWritten;
    }
    await file.truncate(bytes.length);
    await file.datasync();
  });
}

/** Opens for reading only, as a second user who may not write can still use what is published. */
async function openOrMake(layout: VolumeLayout, path: string): Promise<FileHandle> {
  const make = () => open(path, readAsItIs | constants.O_CREAT, 0o664);
  try {
    return await make();
  } catch (error) {
    if (hasCode(error, 'EROFS', 'EACCES', 'EPERM')) return openExisting(path, error);
    if (hasCode(error, 'ELOOP')) throw noFile(path, error);
    if (!hasCode(error, 'ENOENT', 'EISDIR')) throw error;
  }
  await makeVolumeFolders(layout);
  await moveFolderAside(path, layout.staging);
  return make();
}

/**
 * Without O_CREAT, which not everybody refuses for a new file only: an EFS access without ClientWrite, of which the
 * client's own kernel knows nothing, and sticky folders under fs.protected_regular refuse it for an existing one too.
 */
async function openExisting(path: string, refusal: unknown): Promise<FileHandle> {
  try {
    return await open(path, readAsItIs);
  } catch (error) {
    throw hasCode(error, 'ENOENT') ? refusal : error;
  }
}

function parseState(text: string, key: string): State | null {
  try {
    const state = stateSchema.parse(JSON.parse(text));
    return state.key === key ? state : null;
  } catch {
    return null;
  }
}

/** A link or a pipe can't be taken away safely: in that moment it may be the file that another fetcher holds. */
function noFile(path: string, cause?: unknown): FetchFailure {
  return new FetchFailure(
    'io',
    `${path} on the volume is no file but must be one: move it away and run the fetch again`,
    {
      cause,
    },
  );
}
