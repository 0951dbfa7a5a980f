/** Servers of the attacker's: what reaches them is the canary of a request that should never have been made. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { generate } from 'selfsigned';
import { listenOnLoopback } from '../servers/loopback.ts';

export interface Trap extends AsyncDisposable {
  /** Its origin, at 127.0.0.1 or, over TLS with a certificate that nobody signed, at localhost. */
  url: string;
  /** Every request so far: method, path and headers. */
  requests: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
}

/** A server on loopback that answers by `answer`, or 403 to all. */
export async function startTrap(answer: RequestListener = forbidden, secure = false): Promise<Trap> {
  const requests: Trap['requests'] = [];
  const listener: RequestListener = (request, response) => {
    requests.push({ method: request.method, url: request.url, headers: request.headers });
    answer(request, response);
  };
  const server: Server = secure
    ? createSecureServer(await certificate(), listener)
    : createServer({ keepAliveTimeout: 1 }, listener);
  const port = await listenOnLoopback(server);
  return {
    url: secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Sends everybody to the same path at another origin. */
export function redirectTo(origin: string, status = 302): RequestListener {
  return (request, response) => response.writeHead(status, { location: origin + request.url }).end();
}

function forbidden(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(403).end();
}

async function certificate(): Promise<{ key: string; cert: string }> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  return { key: made.private, cert: made.cert };
}
