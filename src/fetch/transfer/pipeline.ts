/** From missing objects to shards that DVC has verified: fetched natively where that is possible, by DVC in any case. */
import type { DirEntry } from '../dvc-format/dir-object.ts';
import { onDisk } from '../scratch/budget.ts';
import type { NativeSource, ShardLimits } from './native-source.ts';
import { type PullContext, pullShard } from './pull-shard.ts';
import { readAhead } from './read-ahead.ts';
import { openShard, type Shard } from './shard.ts';

export interface TransferContext extends PullContext {
  /** Null where the remote is none of S3. */
  native: NativeSource | null;
  /** The mean size of the dataset's files in bytes, where its metadata tells. */
  meanSize: number | null;
}

/** How many objects a shard has at most. DVC takes 0.2 s for a shard, and 0.6 ms for each object. */
const nativeShard = 5_000;
/** What DVC verifies in one go even where it is all there is. */
const smallShard = 500;
/** Where DVC fetches, each shard makes it list the remote. */
const pulledShard = 20_000;
/** Three shards are on scratch at once: one arrives, one is verified, one is written to the volume. */
export const shardsAtOnce = 3;

/**
 * Distinct objects in shards, each ready to be written to the volume and then discarded by whoever got it. While one
 * is in use the next one is verified and the one after it is fetched.
 *
 * They share the room on scratch, and can't wait for each other in a circle: only the newest shard ever waits for room.
 * A shard asks for it while it is filled, and while DVC brings what is left to it (pull.ts); until then the next one is
 * not begun. Every older one is complete: it is verified, written and discarded without asking for more, whatever the
 * newest does. As nobody asks for more than there is beside its own, the wait ends at the latest when all older ones
 * are gone.
 */
export function transferObjects(missing: readonly DirEntry[], context: TransferContext): AsyncGenerator<Shard> {
  const filled = readAhead(collect(missing, context), ({ left }) => left.length === 0);
  return readAhead(pullAll(filled, context));
}

async function* pullAll(shards: AsyncGenerator<Shard>, context: TransferContext): AsyncGenerator<Shard> {
  for await (const shard of shards) yield* pullShard(shard, context);
}

async function* collect(missing: readonly DirEntry[], context: TransferContext): AsyncGenerator<Shard> {
  const { native, plan } = context;
  const queue = missing.toReversed();
  for (let number = 1; queue.length > 0; number += 1) {
    const shard = await openShard(plan, `shard-${number}`);
    if (native?.able) await native.fill(shard, queue, nativeLimits(queue.length, context));
    // Nothing arrived because there is no native source any more: then DVC gets as many as should fit.
    if (shard.present.length + shard.left.length === 0) shard.left = queue.splice(-pulledCount(context)).reverse();
    // What S3 left is DVC's too, which would bring all of it at once, sooner than anybody could end it.
    const rest = shard.left.splice(pulledCount(context));
    yield shard;
    for (let part = 1; rest.length > 0; part += 1) {
      const next = await openShard(plan, `shard-${number}-${part}`);
      next.left = rest.splice(0, pulledCount(context));
      yield next;
    }
  }
}

/**
 * Ever smaller shards: DVC begins before all is there, and the last one, which nothing is left to overlap with, takes it
 * the least.
 */
function nativeLimits(remaining: number, { share }: TransferContext): ShardLimits {
  const objects = remaining <= smallShard ? remaining : Math.ceil(remaining * 0.7);
  return { objects: Math.min(objects, nativeShard), bytes: share };
}

function pulledCount({ share, meanSize }: TransferContext): number {
  // Sizes vary, so half of the room is planned; what does not fit nevertheless is noticed.
  const fitting = meanSize === null ? pulledShard : Math.floor(share / 2 / onDisk(meanSize));
  return Math.min(Math.max(fitting, 1), pulledShard);
}
