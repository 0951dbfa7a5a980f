/** Where the servers of a test's own process listen: on loopback, where nobody else can reach them. */
import type { AddressInfo, Server } from 'node:net';

/** Lets a server (HTTP, HTTPS or TCP) listen on this port of 127.0.0.1, a free one unless given, and returns it. Throws where it can't. */
export function listenOnLoopback(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
