/** Brings the objects that the volume lacks and writes them into the unpublished tree, shard by shard. */

import type { WorkspacePlan } from '../dvc/workspace.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import type { Metadata } from '../dvc-format/dvc-file.ts';
import type { Log } from '../report/log.ts';
import type { Progress } from '../report/progress.ts';
import type { S3Client } from '../s3/client.ts';
import { pullPatience, readSeconds } from '../s3/connect.ts';
import type { ScratchBudget } from '../scratch/budget.ts';
import type { TreeWriter } from '../tree/write.ts';
import { nativeSource } from './native-source.ts';
import { shardsAtOnce, transferObjects } from './pipeline.ts';
import { discardShard } from './shard.ts';

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

/** What a fetch writes to, and what of it can be done while objects are on their way. */
export interface TreeUnderWay {
  /** Makes the tree's folders. */
  begin(signal: AbortSignal): Promise<TreeWriter>;
  /** Writes what needs no download. */
  meanwhile(writer: TreeWriter): Promise<void>;
}

/**
 * Fetches the entries, distinct objects, and writes them. Nothing of it is published before DVC has verified all.
 * @throws {FetchFailure} whatever ended it; then nothing of it runs any more
 */
export async function fetchObjects(
  missing: readonly DirEntry[],
  tree: TreeUnderWay,
  { plan, client, budget, metadata, parallel, progress, log }: ObjectFetch,
): Promise<TreeWriter> {
  if (missing.length > 0) plan.dvc.forks.start();
  const failed = new AbortController();
  const signal = AbortSignal.any([plan.dvc.signal, failed.signal]);
  const own: WorkspacePlan = { ...plan, dvc: { ...plan.dvc, signal } };
  const share = Math.floor(budget.total / shardsAtOnce);
  const onObject = (bytes: number) => progress.downloaded(bytes);
  const { objectNaming } = plan;
  const writer = tree.begin(signal);
  const beside = writer.then((begun) => tree.meanwhile(begun));
  beside.catch((error) => failed.abort(error)); // then there is no use in fetching on
  const shards = transferObjects(missing, {
    plan: own,
    budget,
    share,
    signal,
    log,
    stallSeconds: pullPatience * readSeconds(plan.remote),
    meanSize: metadata.bytes !== null && metadata.files ? metadata.bytes / metadata.files : null,
    native: client && nativeSource({ client, objectNaming, budget, parallel, signal, writer, onObject, log }),
    onObjects: (objects, bytes) => progress.downloaded(bytes, objects),
  });
  try {
    // Not by `for await`, which would wait for the next shard before it lets an error out.
    for (let next = await shards.next(); !next.done; next = await shards.next()) {
      const shard = next.value;
      const { workspace, present, left, written } = shard;
      const rest = [...present, ...left].filter((entry) => !written.has(entry));
      await (await writer).write(rest, ({ md5 }) => workspace.file(md5));
      await discardShard(shard, budget, signal);
    }
    await beside;
    return await writer;
  } catch (error) {
    failed.abort(error); // what is on its way ends before anybody removes the scratch under it
    await shards.return(undefined);
    await beside.catch(() => {}); // it ends by the same abort
    throw error;
  }
}
