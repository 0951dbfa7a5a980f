/** From missing objects to shards that DVC has verified: fetched natively where that is possible, by DVC in any case. */
import type { FetchContext } from '../dvc/context.ts';
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { onDisk, type ScratchBudget } from '../scratch/budget.ts';
import type { NativeSource, ShardLimits } from './native-source.ts';
import { pullShard, shardQuota } from './pull-shard.ts';
import { readAhead } from './read-ahead.ts';
import { openShard, type Shard } from './shard.ts';

/** How many objects a shard has at most. DVC takes 0.2 s for a shard, and 0.6 ms for each object. */
const nativeShard = 5_000;
/** What DVC verifies in one go even where it is all there is. */
const smallShard = 500;
/** Where DVC fetches, each shard makes it list the remote. */
const pulledShard = 20_000;

/**
 * Distinct objects in shards, each ready to be written to the volume and then discarded by whoever got it. While one
 * is in use the next one is verified and the one after it is fetched.
 *
 * They share the scratch, and can't wait for each other in a circle: only the newest shard ever waits for bytes of it.
 * A shard reserves them before it is filled, and before DVC brings what is left to it (pull-shard.ts); until then the
 * next one is not begun. Every older one is complete: it is verified, written and discarded without asking for more, whatever the
 * newest does. As nobody asks for more than there is beside its own, the wait ends at the latest when all older ones
 * are gone.
 */
export function transferObjects(
  missing: readonly DirEntry[],
  native: NativeSource | null,
  budget: ScratchBudget,
  context: FetchContext,
): AsyncGenerator<Shard> {
  const filled = readAhead(collect(missing, native, budget, context), ({ left }) => left.length === 0);
  return readAhead(pullAll(filled, budget, context));
}

async function* pullAll(
  shards: AsyncGenerator<Shard>,
  budget: ScratchBudget,
  context: FetchContext,
): AsyncGenerator<Shard> {
  for await (const shard of shards) yield* pullShard(shard, budget, context);
}

async function* collect(
  missing: readonly DirEntry[],
  native: NativeSource | null,
  budget: ScratchBudget,
  context: FetchContext,
): AsyncGenerator<Shard> {
  const queue = missing.toReversed();
  const mostForDvc = pulledCount(budget, context);
  for (let number = 1; queue.length > 0; number += 1) {
    const shard = await openShard(context, `shard-${number}`);
    if (native?.available) await native.fill(shard, queue, nativeLimits(queue.length, budget));
    // Nothing arrived because there is no native source any more: then DVC gets as many as should fit.
    if (shard.present.length + shard.left.length === 0) shard.left = queue.splice(-mostForDvc).reverse();
    // What S3 left is DVC's too, which would bring all of it at once, sooner than anybody could end it.
    const rest = shard.left.splice(mostForDvc);
    yield shard;
    for (let part = 1; rest.length > 0; part += 1) {
      const next = await openShard(context, `shard-${number}-${part}`);
      next.left = rest.splice(0, mostForDvc);
      yield next;
    }
  }
}

/**
 * Ever smaller shards: DVC begins before all is there, and the last one, which nothing is left to overlap with, takes it
 * the least.
 */
function nativeLimits(remaining: number, budget: ScratchBudget): ShardLimits {
  const objects = remaining <= smallShard ? remaining : Math.ceil(remaining * 0.7);
  return { objects: Math.min(objects, nativeShard), bytes: shardQuota(budget) };
}

/** How many objects of the dataset's mean size should fit, where its metadata tells that. */
function pulledCount(budget: ScratchBudget, { meanBytes }: FetchContext): number {
  if (meanBytes === null) return pulledShard;
  // Sizes vary, so half of the quota is planned; what does not fit nevertheless is noticed.
  const fitting = Math.floor(shardQuota(budget) / 2 / onDisk(meanBytes));
  return Math.min(Math.max(fitting, 1), pulledShard);
}
