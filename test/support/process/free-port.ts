/** Ports for processes that can't say which one they took: kube-apiserver and etcd want a number on their command line. */
import { createServer } from 'node:net';

const given = new Set<number>();

/**
 * A TCP port that is free on this address now, from 20000 to 29999: below the range from which the kernel gives ports
 * to connections (32768 and up on Linux) and Services (30000 and up), so none of those takes it before we do. This
 * process gets no port twice.
 */
export async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (given.has(port)) continue;
    given.add(port);
    if (await canListen(port, address)) return port;
  }
}

function canListen(port: number, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
