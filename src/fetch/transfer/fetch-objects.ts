/** Brings the objects that the volume lacks and writes them into the unpublished tree, shard by shard. */
import type { FetchContext } from '../dvc/context.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import type { ScratchBudget } from '../scratch/budget.ts';
import type { TreeWriter } from '../tree/write.ts';
import { NativeSource } from './native-source.ts';
import { transferObjects } from './pipeline.ts';
import { discardShard } from './shard.ts';

/**
 * Fetches the entries, distinct objects, and writes them. Nothing of it is published before DVC has verified all.
 * @throws {FetchFailure} whatever ended it; then nothing of it runs any more
 */
export async function fetchObjects(
  missing: readonly DirEntry[],
  writer: TreeWriter,
  budget: ScratchBudget,
  outer: FetchContext,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer.signal, failed.signal]);
  const context = { ...outer, signal };
  const native = context.client && new NativeSource(context.client, writer, budget, context);
  const shards = transferObjects(missing, native, budget, context);
  try {
    // Not by `for await`, which would wait for the next shard before it lets an error out.
    for (let next = await shards.next(); !next.done; next = await shards.next()) {
      const shard = next.value;
      const { workspace, present, left, written } = shard;
      const rest = [...present, ...left].filter((entry) => !written.has(entry));
      await writer.write(rest, ({ md5 }) => workspace.file(md5), signal);
      await discardShard(shard, budget, signal);
    }
  } catch (error) {
    failed.abort(error); // what is on its way ends before anybody removes the scratch under it
    await shards.return(undefined);
    throw error;
  }
}
