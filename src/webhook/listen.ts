/** Opens and closes HTTP servers without losing requests. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Listens and resolves to the port, which the kernel chooses where it is 0. Without an address it listens on all,
 * of IPv6 too where the machine has it: a cluster may have nothing else. Rejects where the port is taken.
 */
export async function listen(server: Server, port: number, address: string | undefined): Promise<number> {
  server.listen(port, address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Stops accepting, closes idle connections, lets requests in flight end, and cuts what is left after `timeout` milliseconds. */
export async function close(server: Server, timeout: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), timeout);
  await closed;
  clearTimeout(timer);
}
