/** What an attack is: something that is tried again and again on many connections, of which each try ends in some way. */
import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** Whom it is aimed at. */
export interface Target {
  port: number;
  namespace: string;
}

export interface Attack {
  name: string;
  /** How many connections of it there are at a time, as a part of the option's number. */
  part: number;
  /** Between two tries of one connection, in milliseconds. */
  pause: number;
  /** One try; the word says how it ended. `number` counts the tries of all connections. */
  attempt(target: Target, number: number): Promise<string>;
}

/** A try that was never answered and never ended, after so many milliseconds: the server has to end it before. */
export const patience = 60_000;
export const neverEnded = `open after ${patience / 1000} s`;

/** Writes to a connection that is there; it may end under its hands. */
export type Feed = (socket: Socket, signal: AbortSignal) => void | Promise<void>;

/** Opens a connection, feeds it, and waits for the first bytes of an answer or for its end. */
export async function onTls(target: Target, feed: Feed): Promise<string> {
  const socket = connectTls({ ...addressesOf(target), rejectUnauthorized: false });
  return ending(socket, 'secureConnect', feed);
}

/** The same without TLS. */
export async function onTcp(target: Target, feed: Feed): Promise<string> {
  return ending(connectTcp(addressesOf(target)), 'connect', feed);
}

/** Attackers are many pods, and none is the API server: they come from addresses of their own, so that each may be held to a share. */
function addressesOf({ port }: Target) {
  return { port, host: '127.0.0.1', localAddress: `127.0.1.${1 + Math.floor(Math.random() * 200)}` };
}

async function ending(socket: Socket, opened: string, feed: Feed): Promise<string> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(neverEnded), patience);
  try {
    return await new Promise<string>((resolve) => {
      const said = (chunk: Buffer) => resolve(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? 'other bytes');
      over.signal.addEventListener('abort', () => resolve(over.signal.reason));
      socket.on('data', said);
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.on('close', () => resolve('closed'));
      // What it is fed with no longer matters once it has ended, and neither does that this fails then.
      socket.once(opened, () => Promise.resolve(feed(socket, over.signal)).catch(() => {}));
    });
  } finally {
    clearTimeout(timer);
    over.abort();
    socket.destroy();
  }
}

const piece = 64 * 1024;

/**
 * Writes all of it, no faster than it is taken. Each piece waits for the event loop's next turn: where the kernel takes what is
 * written at once, 'drain' comes before the loop goes on, and one quick connection would stop all others.
 */
export async function writeAll(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length && !signal.aborted && !socket.destroyed; at += piece) {
    const taken = socket.write(bytes.subarray(at, at + piece));
    await nextTurn();
    if (taken || socket.writableLength === 0) continue;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
      signal.addEventListener('abort', done);
    });
  }
}

/** Writes one byte a second of it, over and over. */
export async function trickle(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  for (let at = 0; !signal.aborted && !socket.destroyed; at += 1) {
    socket.write(bytes.subarray(at % bytes.length, (at % bytes.length) + 1));
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}

/** The head of a POST of a review, with other headers than the usual ones where they are given. */
export function head(headers: Record<string, string | number>): Buffer {
  const lines = Object.entries({ Host: 'webhook', 'Content-Type': 'application/json', ...headers });
  return Buffer.from(`POST /mutate HTTP/1.1\r\n${lines.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n`);
}
