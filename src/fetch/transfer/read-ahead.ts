/** Lets the steps of a fetch overlap, by producing one item ahead: while one shard is written the next is being fetched. */

/**
 * The items of `source`, of which the next one is always being made while the last one is in use, unless `mayOverlap`
 * says no of the last one: then it is begun when the consumer is done with that. Ends the source when the consumer
 * stops; whoever aborts it first does not wait for what it is doing.
 */
export async function* readAhead<T>(
  source: AsyncGenerator<T>,
  mayOverlap: (item: T) => boolean = () => true,
): AsyncGenerator<T> {
  let next = begin(source);
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      const overlapping = mayOverlap(value); // now, as the consumer may change it
      if (overlapping) next = begin(source);
      yield value as T;
      if (!overlapping) next = begin(source);
    }
  } finally {
    await source.return(undefined);
  }
}

function begin<T>(source: AsyncGenerator<T>): Promise<IteratorResult<T>> {
  const next = source.next();
  next.catch(() => {}); // it is awaited later, and must not be called unhandled until then
  return next;
}
