/** The room of one shard while it fills: taken before its first request, handed out object by object. */
import type { ScratchBudget } from '../scratch/budget.ts';
import type { Shard } from './shard.ts';

/** All in bytes on scratch. */
export interface ShardRoom {
  /** Gives an object `wanted` in place of the `held` that it had; false, and nothing changes, where that is too much. */
  resize(held: number, wanted: number): boolean;
  /** Gives back what no object has. */
  close(): void;
}

/**
 * Waits for the room of an empty shard. It is waited for here and nowhere else while the shard fills: an answer that is
 * kept open until there is room would be given up by its server in the meantime.
 */
export async function takeRoom(
  shard: Pick<Shard, 'reserved'>,
  bytes: number,
  budget: ScratchBudget,
  signal: AbortSignal,
): Promise<ShardRoom> {
  await budget.reserve(bytes, signal);
  shard.reserved = bytes;
  let used = 0;
  return {
    resize(held, wanted) {
      const after = used - held + wanted;
      const more = after - shard.reserved;
      if (more > 0) {
        // An object that is larger than a shard should be gets what is free, but then it is the shard's only one.
        if (used > held || !budget.tryReserve(more)) return false;
        shard.reserved = after;
      }
      used = after;
      return true;
    },
    close() {
      budget.release(shard.reserved - used);
      shard.reserved = used;
    },
  };
}
