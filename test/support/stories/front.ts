/** Makes a server of loopback reachable for pods, on another address and, with a certificate, by TLS. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { freePort } from '../process/free-port.ts';

/** Listens on a free port of `address` and hands every connection on to `port` of 127.0.0.1. It keeps no process alive. */
export async function startFront(
  address: string,
  port: number,
  certificate?: { cert: string; key: string },
): Promise<{ port: number }> {
  const handOn = (client: Socket) => {
    const server = connect({ host: '127.0.0.1', port });
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  };
  const front: Server = certificate ? createTlsServer(certificate, handOn) : createServer(handOn);
  const own = await freePort(address);
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject);
    front.listen(own, address, resolve);
  });
  front.unref();
  return { port: own };
}
