/** A front before a real S3 server: TLS where a test asks, the headers that came, and answers that the server can't give. */
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface S3Front extends AsyncDisposable {
  /** `https://localhost:<port>`, or `http://127.0.0.1:<port>`. */
  endpoint: string;
  port: number;
  /** Of each request, in order. */
  headers: readonly IncomingHttpHeaders[];
}

/** `refuse`, where given, is the answer to every request. */
export async function startS3Front(
  target: string,
  { tls, refuse }: { tls?: { cert: string; key: string }; refuse?: { status: number; code: string } } = {},
): Promise<S3Front> {
  const headers: IncomingHttpHeaders[] = [];
  const listener: RequestListener = (incoming, outgoing) => {
    headers.push(incoming.headers);
    if (refuse) {
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${refuse.code}</Code><Message>No.</Message></Error>`;
      outgoing.writeHead(refuse.status, { 'content-type': 'application/xml' }).end(body);
      return;
    }
    const { method, url, rawHeaders } = incoming;
    const upstream = request(new URL(url ?? '/', target), { method, headers: rawHeaders }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    headers,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
