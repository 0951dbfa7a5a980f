/** `state/<key>.json`: what everybody reads to know how far a dataset is, and the file that its lock is on. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import type { VolumeLayout } from '../dataset/layout.ts';
import { naming } from './io-failure.ts';
import { makeVolumeFolders, shareFile } from './volume.ts';

const sampled = z.object({ path: z.string(), bytes: z.int().min(0) });

const stateSchema = z.object({
  key: z.string(),
  /** The canonical reference, for people who look into the file. */
  dataset: z.string(),
  phase: z.string(),
  updatedAt: z.string(),
  /** While fetching: how far the leader is. */
  progress: z.object({ files: z.number(), of: z.number(), bytes: z.number() }).optional(),
  /** Once published: some of the tree's files, which every later start looks at. */
  sample: z.array(sampled).optional(),
});

export type State = z.output<typeof stateSchema>;
export type SampledFile = z.output<typeof sampled>;
export const publishedPhase = 'published';

/**
 * Reads the state of a dataset, making the file if there is none: the question "is it there?" must not be asked by
 * looking up a name that may be absent, because NFS clients remember the absence for 30–60 s after somebody else made
 * it. Null where nobody has written a state yet, or one was cut off by a crash.
 */
export async function readState(layout: VolumeLayout, key: string): Promise<State | null> {
  const path = layout.state(key);
  // Read-only, as a second user who may not write can still use what is published.
  const file = await openOrMake(layout, path);
  try {
    await shareFile(file);
    return parseState(await naming(path, () => file.readFile('utf8')), key);
  } finally {
    await file.close();
  }
}

/**
 * Rewrites the state through the lock's own handle: in place, as a rename would leave the lock on the old inode.
 * A reader may see it half written, and takes that for no state.
 */
export async function writeState(layout: VolumeLayout, file: FileHandle, state: State): Promise<void> {
  const path = layout.state(state.key);
  const bytes = Buffer.from(`${JSON.stringify(state)}\n`);
  await naming(path, async () => {
    await file.write(bytes, 0, bytes.length, 0);
    await file.truncate(bytes.length);
  });
}

async function openOrMake(layout: VolumeLayout, path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_CREAT;
  try {
    return await open(path, flags, 0o664);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeVolumeFolders(layout);
    return await open(path, flags, 0o664);
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
