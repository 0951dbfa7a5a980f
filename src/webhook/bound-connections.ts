/** Bounds the connections of a server: each takes memory, also the one that never says a word. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Above `most` open connections, the one that has been without a request for the longest time is closed: first among those
 * that never sent one. So strangers who open thousands close each other's, and not those in use.
 */
export function boundConnections(server: Server, most: number): void {
  // In the order of their beginning, and of their last request. With TLS the server tells of the connection below it, whose
  // addresses are the same.
  const silent = new Map<string, Socket>();
  const used = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    silent.set(name, socket);
    socket.once('close', () => {
      for (const open of [silent, used]) if (open.get(name) === socket) open.delete(name);
    });
    if (silent.size + used.size <= most) return;
    const oldest = silent.values().next().value ?? used.values().next().value;
    oldest?.destroy();
  });
  server.prependListener('request', ({ socket }) => {
    const name = nameOf(socket);
    const open = used.get(name) ?? silent.get(name);
    if (!open) return;
    silent.delete(name);
    used.delete(name);
    used.set(name, open);
  });
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
