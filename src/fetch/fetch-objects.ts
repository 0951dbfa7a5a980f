/** Brings the objects that the volume lacks and writes them into the unpublished tree, shard by shard. */
import { join } from 'node:path';
import type { DirEntry } from './dir-object.ts';
import type { WorkspacePlan } from './dvc.ts';
import type { Log } from './log.ts';
import type { Metadata } from './metadata.ts';
import { nativeSource } from './native-source.ts';
import type { Progress } from './progress.ts';
import type { S3Client } from './s3/client.ts';
import { pullPatience, readSeconds } from './s3/connect.ts';
import type { ScratchBudget } from './scratch-budget.ts';
import { discardShard } from './shard.ts';
import { shardsAtOnce, transferObjects } from './transfer.ts';
import type { TreeWriter } from './tree.ts';

export interface ObjectFetch {
  plan: WorkspacePlan;
  client: S3Client | null;
  budget: ScratchBudget;
  /** What the commit says of the whole dataset. */
  metadata: Pick<Metadata, 'bytes' | 'files'>;
  parallel: number;
  progress: Progress;
  log: Log;
}

/**
 * Fetches the entries, distinct objects, and writes them; `writer` is asked for while the first shard is on its way.
 * @throws {FetchFailure} whatever ended it; then nothing of it runs any more
 */
export async function fetchObjects(
  missing: readonly DirEntry[],
  begin: () => Promise<TreeWriter>,
  { plan, client, budget, metadata, parallel, progress, log }: ObjectFetch,
): Promise<TreeWriter> {
  const failed = new AbortController();
  const signal = AbortSignal.any([plan.dvc.signal, failed.signal]);
  const own: WorkspacePlan = { ...plan, dvc: { ...plan.dvc, signal } };
  const share = Math.floor(budget.total / shardsAtOnce);
  const onObject = (bytes: number) => progress.downloaded(bytes);
  const shards = transferObjects(missing, {
    plan: own,
    budget,
    share,
    signal,
    log,
    stallSeconds: pullPatience * readSeconds(plan.remote),
    meanSize: metadata.bytes !== null && metadata.files ? metadata.bytes / metadata.files : null,
    native: client && nativeSource(client, plan.objectNaming, budget, parallel, signal, onObject, log),
    onObjects(objects, bytes) {
      for (let i = 0; i < objects; i += 1) onObject(bytes / objects);
    },
  });
  let next = shards.next();
  next.catch(() => {}); // awaited below, after the writer is ready
  try {
    const writer = await begin();
    for (let shard = await next; !shard.done; shard = await next) {
      next = shards.next();
      next.catch(() => {});
      const { workspace, present, left } = shard.value;
      await writer.write([...present, ...left], ({ relpath }) => join(workspace.data, relpath));
      await discardShard(shard.value, budget, signal);
    }
    return writer;
  } catch (error) {
    failed.abort(error); // what is on its way ends before anybody removes the scratch under it
    await shards.return(undefined);
    throw error;
  }
}
