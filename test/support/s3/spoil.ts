/** Spoils a response's body on its way, and its headers where they have to agree with that. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { FaultyReply } from './fault.ts';

type Fault = FaultyReply | undefined;

/** The headers, in pairs as node gives them, as the fault wants them; what they say of the server's own connection is left out. */
export function faultyHeaders(fromServer: readonly string[], fault: Fault): string[] {
  const raw = without(fromServer, 'connection', 'keep-alive');
  if (fault && 'shortenTo' in fault) return [...without(raw, 'content-length'), 'content-length', `${fault.shortenTo}`];
  if (fault && 'withoutLength' in fault) return without(raw, 'content-length');
  if (fault && 'compress' in fault) return [...without(raw, 'content-length'), 'content-encoding', fault.compress];
  return raw;
}

function without(raw: readonly string[], ...names: string[]): string[] {
  return raw.filter((_, index) => !names.includes(raw[index - (index % 2)]?.toLowerCase() ?? ''));
}

/** A step of a pipeline. Where it throws, the pipeline ends the connection; `reset` is to break it before that. */
export function spoiled(fault: Fault, reset: () => void) {
  return async function* (
    chunks: AsyncIterable<Buffer>,
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<Buffer> {
    if (!fault) yield* chunks;
    else if ('cutAfter' in fault) yield* cut(chunks, fault.cutAfter, () => {});
    else if ('resetAfter' in fault) yield* cut(chunks, fault.resetAfter, reset);
    else if ('stallAfter' in fault) yield* stall(chunks, fault.stallAfter, options.signal);
    else if ('trickle' in fault) yield* oneByOne(chunks, fault.trickle, options.signal);
    else if ('shortenTo' in fault) yield* first(chunks, fault.shortenTo);
    else if ('compress' in fault) yield* compressed(chunks);
    else yield* chunks;
  };
}

async function* cut(chunks: AsyncIterable<Buffer>, limit: number, before: () => void): AsyncGenerator<Buffer> {
  let left = limit;
  for await (const chunk of chunks) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    yield part;
    if (left > 0) continue;
    await setImmediate(); // what was written so far leaves the process first
    before();
    throw new Error(`cut after ${limit} bytes, as asked`);
  }
}

async function* stall(chunks: AsyncIterable<Buffer>, limit: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  yield* first(chunks, limit);
  for (;;) await sleep(60_000, undefined, { ref: false, ...(signal && { signal }) }); // until the client gives up
}

async function* oneByOne(chunks: AsyncIterable<Buffer>, pause: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    for (const byte of chunk) {
      await sleep(pause, undefined, { ref: false, ...(signal && { signal }) });
      yield Buffer.of(byte);
    }
  }
}

async function* first(chunks: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let left = limit;
  for await (const chunk of chunks) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) return;
  }
}

async function* compressed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gzip = createGzip();
  for await (const chunk of chunks) gzip.write(chunk);
  gzip.end();
  yield* gzip;
}
