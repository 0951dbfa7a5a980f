/**
 * The one way of git's HTTP client to the network: a proxy (SOCKS 5) on loopback that looks at each address when it
 * connects. curl resolves names by itself, and again after a redirect; with this it resolves none.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, isIP, type Socket } from 'node:net';
import { guardedLookup, mayConnect, RefusedAddress } from '../remote/addresses.ts';

export interface Relay {
  /** As curl has it: the names come to us unresolved. */
  url: string;
  /** Why the last connection came to nothing; null where it was made. */
  trouble(): Error | null;
  close(): Promise<void>;
}

/** Milliseconds for each address of a name. Node's own 250 give up where one packet is lost or the way is long. */
const attempt = 5_000;

/** Replies of RFC 1928. */
const replies = { succeeded: 0, notAllowed: 2, hostUnreachable: 4, refused: 5 } as const;

/** `listed` are the servers that may be at a loopback or link-local address. */
export async function startRelay(listed: readonly string[]): Promise<Relay> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}));
  let trouble: Error | null = null;
  const server = createServer((client) => {
    keep(client);
    serve(client, listed, keep).then(
      () => {
        trouble = null;
      },
      (error: Error) => {
        trouble = error;
        client.destroy();
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `socks5h://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: () => trouble,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((ended) => server.close(ended));
    },
  };
}

/** Connects a client to where it asks to go, once; rejects where that can't be. */
async function serve(client: Socket, listed: readonly string[], keep: (socket: Socket) => void): Promise<void> {
  const [, methods = 0] = await read(client, 2);
  await read(client, methods);
  client.write(Buffer.from([5, 0])); // no login: it is ours alone for as long as git runs, and gives nobody more than they have
  const { host, port } = await readTarget(client);
  const answer = (reply: number) => client.write(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]));
  try {
    if (isIP(host) !== 0 && !mayConnect({ host, port }, host, listed)) throw new RefusedAddress(host, host);
    const lookup = guardedLookup(listed, port);
    const upstream = connect({ host, port, lookup, allowHalfOpen: true, autoSelectFamilyAttemptTimeout: attempt });
    keep(upstream);
    await once(upstream, 'connect');
    answer(replies.succeeded);
    client.on('close', () => upstream.destroy());
    upstream.on('error', () => client.resetAndDestroy()); // as curl would have seen it, which git tells people
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  } catch (error) {
    answer(replyFor(error));
    throw error instanceof RefusedAddress
      ? error
      : new Error(`failed to connect to ${host}:${port}: ${wordsOf(error)}`);
  }
}

function replyFor(error: unknown): number {
  if (error instanceof RefusedAddress) return replies.notAllowed;
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? replies.refused : replies.hostUnreachable;
}

function wordsOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** 5, 1 (connect), 0, then the kind of address, the address and the port. */
async function readTarget(client: Socket): Promise<{ host: string; port: number }> {
  const [version, command, , kind] = await read(client, 4);
  if (version !== 5 || command !== 1) throw new Error('git asks the relay for something else than a connection');
  const host = await readHost(client, kind);
  return { host, port: (await read(client, 2)).readUInt16BE() };
}

async function readHost(client: Socket, kind: number | undefined): Promise<string> {
  if (kind === 1) return [...(await read(client, 4))].join('.');
  if (kind === 4) return ((await read(client, 16)).toString('hex').match(/.{4}/g) ?? []).join(':');
  const [length = 0] = await read(client, 1);
  return (await read(client, length)).toString('latin1');
}

/** Exactly so many bytes. */
async function read(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = length === 0 ? Buffer.alloc(0) : socket.read(length);
    if (bytes?.length === length) return bytes;
    if (socket.readableEnded || socket.destroyed) throw new Error('git ended its connection to the relay');
    await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
  }
}
