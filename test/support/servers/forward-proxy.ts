/** A real forward proxy: it tunnels (CONNECT) and forwards, counts what goes through it, and alone knows where its hosts are. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listenOnLoopback } from './loopback.ts';

export interface ForwardProxy extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, with the login where one is needed. */
  url: string;
  /** `CONNECT host:port` or `GET http://…`, in order. */
  asked: string[];
}

const ending = 'Connection: close\r\nContent-Length: 0\r\n\r\n';

/** `hosts` are names that no DNS knows, by the port of 127.0.0.1 that they stand for. */
export async function startForwardProxy(
  hosts: Readonly<Record<string, number>>,
  { login }: { login?: string } = {},
): Promise<ForwardProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const allowed = ({ headers }: IncomingMessage) =>
    login === undefined || headers['proxy-authorization'] === `Basic ${Buffer.from(login).toString('base64')}`;
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    if (allowed(incoming)) forward(hosts, incoming, outgoing);
    else outgoing.writeHead(407, { 'proxy-authenticate': 'Basic realm="proxy"' }).end();
  });
  server.on('connect', (incoming, client: Socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    sockets.add(client);
    client.on('error', () => client.destroy());
    const port = hosts[incoming.url?.split(':')[0] ?? ''];
    if (!allowed(incoming)) client.end(`HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="proxy"\r\n${ending}`);
    else if (port === undefined) client.end(`HTTP/1.1 502 Unknown host\r\n${ending}`);
    else tunnel(client, port);
  });
  const port = await listenOnLoopback(server);
  return {
    url: `http://${login === undefined ? '' : `${login}@`}127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}

function tunnel(client: Socket, port: number): void {
  const upstream = connect(port, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connected\r\n\r\n');
    client.pipe(upstream).pipe(client);
  });
  upstream.on('error', () => client.destroy());
  client.on('close', () => upstream.destroy());
}

function forward(hosts: Readonly<Record<string, number>>, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const url = new URL(incoming.url ?? '', 'http://x');
  const port = hosts[url.hostname];
  if (port === undefined) return void outgoing.writeHead(502).end();
  const headers = { ...incoming.headers, host: url.host };
  const upstream = request(
    { host: '127.0.0.1', port, path: url.pathname + url.search, method: incoming.method, headers },
    (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(outgoing);
    },
  );
  upstream.on('error', () => outgoing.destroy());
  incoming.pipe(upstream);
}
