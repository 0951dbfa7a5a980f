/** Where the servers of a test's own process listen: on loopback, where nobody else can reach them. */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
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

/** A web server that is closed, with its connections, where its scope ends. */
export interface WebServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`; over TLS by name, as certificates are made for names. */
  origin: string;
  port: number;
}

/** Serves by HTTP, or with a key and a certificate for localhost over TLS. */
export async function serveOnLoopback(
  listener: RequestListener,
  tls?: { key: string; cert: string } | undefined,
): Promise<WebServer> {
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  const port = await listenOnLoopback(server);
  return {
    origin: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
