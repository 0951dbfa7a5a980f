/** The scratch that one shard has reserved while it fills: taken before its first request, handed out object by object. */
import type { ScratchBudget } from '../scratch/budget.ts';
import type { Shard } from './shard.ts';

/** All in bytes on scratch. */
export interface Reservation {
  /** Gives an object `needed` in place of the `held` that it had; false, and nothing changes, where that is too much. */
  resize(held: number, needed: number): boolean;
  /** Gives back what no object holds. */
  close(): void;
}

/**
 * Waits until the bytes are free for an empty shard. It is waited here and nowhere else while the shard fills: an answer
 * that is kept open until there is space would be given up by its server in the meantime.
 */
export async function reserveForShard(
  shard: Pick<Shard, 'reserved'>,
  bytes: number,
  budget: ScratchBudget,
  signal: AbortSignal,
): Promise<Reservation> {
  await budget.reserve(bytes, signal);
  shard.reserved = bytes;
  let used = 0;
  return {
    resize(held, needed) {
      const after = used - held + needed;
      const more = after - shard.reserved;
      if (more > 0) {
        // An object above the shard's quota may take what is free, but only as the shard's only object.
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
