/** Bounds the connections of a server: each takes memory, also the one that never says a word. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Above `most` open connections one is closed for each new one: of those that never sent a request the oldest, else the one
 * without a request in flight whose last one is the longest ago. So strangers who open thousands close each other's; where
 * each is in the midst of a request, the new one has to go.
 */
export function boundConnections(server: Server, most: number): void {
  // In the order of their beginning, and of their last request. With TLS the server tells of the connection below it, whose
  // addresses are the same.
  const silent = new Map<string, Socket>();
  const idle = new Map<string, Socket>();
  const busy = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    if (silent.size + idle.size + busy.size >= most) {
      const oldest = silent.values().next().value ?? idle.values().next().value ?? socket;
      for (const open of [silent, idle]) open.delete(nameOf(oldest));
      oldest.destroy();
      if (oldest === socket) return;
    }
    const name = nameOf(socket);
    silent.set(name, socket);
    socket.once('close', () => {
      for (const open of [silent, idle, busy]) if (open.get(name) === socket) open.delete(name);
    });
  });
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const name = nameOf(socket);
    const open = silent.get(name) ?? idle.get(name) ?? busy.get(name);
    if (!open) return;
    silent.delete(name);
    idle.delete(name);
    busy.set(name, open);
    response.once('close', () => {
      if (busy.get(name) !== open) return;
      busy.delete(name);
      idle.set(name, open);
    });
  });
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
