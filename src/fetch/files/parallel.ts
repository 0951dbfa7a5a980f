/** Bounded parallel work over many small files: a network file system answers each in milliseconds, but many at once. */

/** Runs `work` on every item, at most `limit` at a time. The first error ends it, after those under way are done. */
export async function forEachParallel<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next = rest.next(); !next.done && !failed; next = rest.next()) {
      signal.throwIfAborted();
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: limit }, worker));
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected) throw rejected.reason;
}

/**
 * Runs steps side by side. The first failure aborts the signal that all of them were given, and is thrown once none runs
 * any more.
 */
export async function together(
  signal: AbortSignal,
  ...steps: readonly ((signal: AbortSignal) => Promise<void>)[]
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  await Promise.all(steps.map((step) => step(either).catch((error) => failed.abort(error))));
  failed.signal.throwIfAborted();
}

/** How many file operations on the volume are under way at once. */
export const volumeParallelism = 64;
