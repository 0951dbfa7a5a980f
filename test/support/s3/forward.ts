/** Hands one request on to a server and its response back, byte for byte, or breaks it as a fault says. */
import { once } from 'node:events';
import { type Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { errorBody, type FaultyReply } from './fault.ts';
import { faultyHeaders, spoiled } from './spoil.ts';

/** What is counted while the bytes go through. */
export interface Progress {
  /** Of the response; undefined while there is none. */
  status: number | undefined;
  /** Bytes of the two bodies. */
  requestBytes: number;
  responseBytes: number;
}

/** A request, the place for its answer, and the server at the `http://` URL `target` that is to answer. */
export interface Exchange {
  target: string;
  agent: Agent;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  progress: Progress;
}

/**
 * Every header is handed on as it came, Host too, because an S3 signature covers them. Resolves when the exchange is
 * over; rejects when either side breaks it off.
 */
export async function forward(exchange: Exchange, fault: FaultyReply | undefined): Promise<void> {
  const { target, agent, incoming, outgoing, progress } = exchange;
  if (fault && 'reply' in fault) return refuse(exchange, fault);
  if (fault && 'wait' in fault) await fault.wait();
  const { method, url, rawHeaders } = incoming;
  const upstream = request(target, { method, path: url, headers: rawHeaders, agent });
  const answered = once(upstream, 'response') as Promise<[IncomingMessage]>;
  const sent = pipeline(incoming, counted(progress, 'requestBytes'), upstream);
  const [[response]] = await Promise.all([answered, sent]);
  progress.status = response.statusCode;
  outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, faultyHeaders(response.rawHeaders, fault));
  const { socket } = incoming; // the answer lets go of it when it ends
  const reset = () => socket.resetAndDestroy();
  await pipeline(response, spoiled(fault, reset), counted(progress, 'responseBytes'), outgoing);
  if (fault && 'closeAfter' in fault) setTimeout(() => socket.destroy(), fault.closeAfter);
}

type Refusal = Extract<FaultyReply, { reply: unknown }>;

async function refuse({ incoming, outgoing, progress }: Exchange, fault: Refusal) {
  await pipeline(incoming, counted(progress, 'requestBytes'), drop);
  const body = errorBody(fault.reply, fault.code);
  progress.status = fault.reply;
  const headers = { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body), ...fault.headers };
  outgoing.writeHead(fault.reply, headers);
  outgoing.end(body); // node leaves the body out of the answer to HEAD
}

async function drop(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of chunks);
}

/** Passes the chunks on and counts them. */
function counted(progress: Progress, key: 'requestBytes' | 'responseBytes') {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      progress[key] += chunk.length;
      yield chunk;
    }
  };
}
