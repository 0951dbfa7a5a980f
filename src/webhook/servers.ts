/** Makes the webhook's two HTTP servers, which strangers can reach: what one of them may take in time and connections is bounded. */
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { boundConnections } from './bound-connections.ts';

/** In milliseconds. */
export const timeouts = {
  // Go's HTTP client, so the API server, reuses a connection that was idle for up to 90 s. Were we to close it sooner, a
  // review could be sent just as we close, and a POST isn't repeated: the pod would fail. So it must be the first to close.
  keepAliveTimeout: 120_000,
  // From the opening of a connection, or the first byte of a further request, to the end of the headers: one packet.
  headersTimeout: 5_000,
  // To the end of the body. The API server gives up after 10 s; this only frees what others hold.
  requestTimeout: 10_000,
  // How often Node looks for those two; its own 30 s would be added to them.
  connectionsCheckingInterval: 1_000,
} as const;

/** Of TLS, in milliseconds; Node's own 120 s invite to open connections and say nothing. */
const handshakeTimeout = 5_000;

/** Far more than the API servers of a cluster keep open. One takes some 60 KB. */
export const mostConnections = 1000;
/** Prometheus keeps one. */
const mostMetricsConnections = 100;

/**
 * The server of reviews. It has no certificate yet: that is set, and changed, by `setSecureContext`. Whether clients are asked
 * for theirs can only be said here.
 */
export function makeReviewServer(clients: Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'> = {}): HttpsServer {
  const server = createHttpsServer({ ...timeouts, handshakeTimeout, ...clients });
  boundConnections(server, mostConnections);
  return server;
}

export function makeMetricsServer(): Server {
  const server = createHttpServer(timeouts);
  boundConnections(server, mostMetricsConnections);
  return server;
}
