/** A front before a real S3 server: TLS where a test asks, the headers that came, and answers that the server can't give. */
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http';
import type { Keys } from '../servers/cloud-identity.ts';
import { serveOnLoopback } from '../servers/loopback.ts';
import { withoutSession } from './session-keys.ts';

export interface S3Front extends AsyncDisposable {
  /** `https://localhost:<port>`, or `http://127.0.0.1:<port>`. */
  endpoint: string;
  port: number;
  /** Of each request, in order. */
  headers: readonly IncomingHttpHeaders[];
}

interface FrontOptions {
  /** In PEM; makes it an https server. */
  tls?: { cert: string; key: string };
  /** Takes only these keys of a session, which the server itself does not know. */
  session?: Keys;
  /** The answer to every request. */
  refuse?: { status: number; code: string };
}

export async function startS3Front(target: string, { tls, session, refuse }: FrontOptions = {}): Promise<S3Front> {
  const headers: IncomingHttpHeaders[] = [];
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url, rawHeaders } = incoming;
    const own = session ? await withoutSession(incoming, session) : rawHeaders;
    if (own === null) return answerError(outgoing, { status: 400, code: 'InvalidToken' });
    const upstream = request(new URL(url ?? '/', target), { method, headers: own }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  };
  const listener: RequestListener = (incoming, outgoing) => {
    headers.push(incoming.headers);
    if (refuse) answerError(outgoing, refuse);
    else pass(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const server = await serveOnLoopback(listener, tls);
  return { ...server, endpoint: server.origin, headers };
}

function answerError(outgoing: ServerResponse, { status, code }: { status: number; code: string }): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>No.</Message></Error>`;
  outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(body);
}
