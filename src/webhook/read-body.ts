/** Reads the body of a request as bytes, within the limits of one request and of all together. */
import type { IncomingMessage } from 'node:http';
import type { BodyBudget, Held } from './body-budget.ts';
import { overloaded, Refusal } from './refusal.ts';

/**
 * The largest request that is read, in bytes. The API server takes objects of up to 3 MiB (its MaxRequestBodyBytes); a
 * review holds one, with the defaults that it lacked, and says who sent it.
 */
export const bodyLimit = 3.25 * 2 ** 20;

/** Bytes of memory that the smallest takes: whoever sends single bytes is to be counted for what that costs. */
const smallestChunk = 512;

export interface Body {
  bytes: Buffer;
  /** Gives the bytes back to the budget, when they have been read. */
  release(): void;
}

/**
 * Resolves to the whole body.
 * @throws {Refusal} where it is compressed, without a length or too long, or where there is no room for it
 */
export async function readBody(request: IncomingMessage, budget: BodyBudget): Promise<Body> {
  refuseUnreadable(request);
  const { promise, resolve, reject } = Promise.withResolvers<Body>();
  let chunks: Buffer[] = [];
  const held: Held = { bytes: 0, giveWay: () => drop(overloaded()) };
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    budget.arrived(held, Math.max(chunk.length, smallestChunk));
  };
  const drop = (refusal: Refusal) => {
    budget.end(held);
    chunks = [];
    // What still comes flows away.
    request.off('data', take).resume();
    reject(refusal);
  };
  if (!budget.begin(held, Number(request.headers['content-length']))) throw overloaded();
  request.on('data', take);
  request.on('end', () => {
    budget.whole(held);
    const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    resolve({ bytes, release: () => budget.end(held) });
  });
  // The sender is gone, or took longer than a request may and Node has closed the connection: nobody reads an answer.
  request.on('close', () => {
    if (!request.complete) drop(new Refusal(400, 'the request broke off'));
  });
  return promise;
}

function refuseUnreadable({ headers }: IncomingMessage): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1] ?? 'utf-8';
  if (encoding !== 'identity' || !/^utf-?8$/i.test(charset)) {
    throw new Refusal(415, 'the request can not be read: send a review as uncompressed JSON in UTF-8');
  }
  // Node's parser ends the body at its length, or refuses one that is no number.
  const length = headers['content-length'];
  if (length === undefined) throw new Refusal(411, 'the request does not say its length: send Content-Length');
  if (Number(length) > bodyLimit) {
    throw new Refusal(
      413,
      `the request is larger than ${bodyLimit / 2 ** 20} MiB, which no review of a pod is: the API server takes 3 MiB`,
    );
  }
}
