/** An HTTP server of the test's own process, which gives each object as its test says: for what no real S3 does on demand. */
import { createServer, type ServerResponse } from 'node:http';
import { type S3Client, s3Client } from '../../../src/fetch/s3/client.ts';
import { listenOnLoopback } from '../servers/loopback.ts';

/** Answers one request. */
export type Reply = (response: ServerResponse) => void;

export interface ObjectServer extends AsyncDisposable {
  origin: string;
  /** The object ids that were asked for, in order. */
  asked: string[];
  /** A client of ours. It gives up after a few attempts, and takes a silence of `readSeconds` for the server's end. */
  connect(options?: { connections?: number; readSeconds?: number }): S3Client;
}

/** `replyFor` is told the object's id and how often it was asked for before. */
export async function startObjectServer(replyFor: (oid: string, before: number) => Reply): Promise<ObjectServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const oid = (request.url ?? '').slice(-33).replace('/', '');
    const before = asked.filter((each) => each === oid).length;
    asked.push(oid);
    replyFor(oid, before)(response);
  });
  const port = await listenOnLoopback(server);
  const origin = `http://127.0.0.1:${port}`;
  const clients: S3Client[] = [];
  return {
    origin,
    asked,
    connect({ connections = 8, readSeconds = 60 } = {}) {
      const client = s3Client(
        { origin, base: '/bucket', root: '/bucket', prefix: '', region: 'us-east-1', signed: false },
        {
          credentials: () => Promise.reject(new Error('nobody asks for them')),
          connections,
          environment: {},
          ca: undefined,
          listed: [],
          connectSeconds: 5,
          readSeconds,
          patienceSeconds: 0,
        },
      );
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The whole object. */
export const whole =
  (bytes: Buffer): Reply =>
  (response) =>
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);

/** The whole object, of which nobody is told how long it is. */
export const withoutLength =
  (bytes: Buffer): Reply =>
  (response) => {
    response.writeHead(200).write(bytes);
    response.end();
  };

/** No object, and this status. */
export const refusal =
  (status: number): Reply =>
  (response) =>
    response.writeHead(status, { 'content-length': 0 }).end();

/** An object of this length, of which only `bytes` come before the connection breaks. */
export const brokenOff =
  (length: number, bytes: Buffer): Reply =>
  (response) => {
    response.writeHead(200, { 'content-length': length }).write(bytes);
    setTimeout(() => response.destroy(), 20);
  };
