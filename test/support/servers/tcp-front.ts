/** A front before a TCP server that can stall or cut its connections: an outage that the server itself doesn't notice. */
import { connect, createServer, type Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { listenOnLoopback } from './loopback.ts';

export interface TcpFront extends AsyncDisposable {
  port: number;
  /** `stalled` accepts and passes nothing on, in either direction; `refusing` ends every connection at once. */
  become(mode: 'passing' | 'stalled' | 'refusing'): void;
  /** Ends every connection that is open, as a restarting server does. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startTcpFront(target: { host: string; port: number }): Promise<TcpFront> {
  let mode: 'passing' | 'stalled' | 'refusing' = 'passing';
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (mode === 'stalled') socket.pause();
  };
  const server = createServer((client) => {
    track(client);
    if (mode === 'refusing') return void client.destroy();
    const upstream = connect(target);
    track(upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk) => to.write(chunk));
      from.on('close', () => to.destroy());
    }
    // A 'data' listener makes a socket flow; one that came during a stall must not.
    if (mode === 'stalled') for (const socket of [client, upstream]) socket.pause();
  });
  const port = await listenOnLoopback(server);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = async () => {
    cut();
    server.close();
  };
  return {
    port,
    become(next) {
      mode = next;
      for (const socket of sockets) next === 'stalled' ? socket.pause() : socket.resume();
      if (next === 'refusing') cut();
    },
    cut,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A front before the API server of this client, and the same client by way of it. */
export async function frontOf(config: KubeConfig): Promise<{ front: TcpFront; config: KubeConfig }> {
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (!cluster || !user) throw new Error('the kubeconfig has no current context');
  const { hostname, port } = new URL(cluster.server);
  const front = await startTcpFront({ host: hostname, port: Number(port) });
  const through = new KubeConfig();
  through.loadFromClusterAndUser({ ...cluster, server: `https://127.0.0.1:${front.port}` }, user);
  return { front, config: through };
}
