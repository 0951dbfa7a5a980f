/** An HTTP proxy before a real server: it counts what is asked for, so that a test can prove that nothing was, and makes faults. */
import { Agent, createServer } from 'node:http';
import { listenOnLoopback } from '../servers/loopback.ts';
import { type Asked, type Fault, Faults } from './fault.ts';
import { forward, type Progress } from './forward.ts';

/** A request that reached the proxy, and how far it has come. */
export type Recorded = Asked & Readonly<Progress>;

/** A running proxy. */
export interface RecordingProxy extends AsyncDisposable {
  /** Its URL, which takes the place of the server's. */
  readonly endpoint: string;
  /** Every request since the start or the last `reset`, in order of arrival. */
  readonly requests: readonly Recorded[];
  /** How many of them had this method (any, if undefined) and a path that matches. */
  count(method?: string, path?: RegExp): number;
  /** How many there were of each kind, such as `{ 'GET /bucket/key': 2 }`. */
  countRequests(): Record<string, number>;
  /** How many connections clients have opened since the start. */
  connections(): number;
  /** Bytes of all bodies, in both directions. */
  bodyBytes(): number;
  /** Forgets the requests so far. */
  reset(): void;
  /** Adds a fault; returns what takes it away again. */
  inject(fault: Fault): () => void;
  /** Breaks what is under way, and ends. */
  stop(): Promise<void>;
}

/**
 * Starts a proxy for the server at `target`, an `http://` URL, on a free port of 127.0.0.1, or on `port`: that of one
 * which was stopped.
 */
export async function startRecordingProxy(target: string, port = 0): Promise<RecordingProxy> {
  let requests: Recorded[] = [];
  const faults = new Faults();
  const agent = new Agent(); // a connection for each request: a kept one may just be closing
  const server = createServer((incoming, outgoing) => {
    const { pathname, search } = splitUrl(incoming.url ?? '/');
    const progress: Progress = { status: undefined, requestBytes: 0, responseBytes: 0 };
    const asked: Asked = {
      method: incoming.method ?? '',
      path: pathname,
      query: search,
      range: incoming.headers.range,
    };
    requests.push(Object.assign(progress, asked));
    forward({ target, agent, incoming, outgoing, progress }, faults.take(asked)).catch(() => outgoing.destroy());
  });
  server.unref(); // a test that forgets to stop it ends nevertheless
  const listening = await listenOnLoopback(server, port);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      agent.destroy();
    });
  return {
    endpoint: `http://127.0.0.1:${listening}`,
    get requests() {
      return requests;
    },
    count: (method, path) =>
      requests.filter((each) => (!method || each.method === method) && (!path || path.test(each.path))).length,
    countRequests: () => tally(requests.map(({ method, path }) => `${method} ${path}`)),
    connections: () => connections,
    bodyBytes: () => requests.reduce((sum, each) => sum + each.requestBytes + each.responseBytes, 0),
    reset() {
      requests = [];
    },
    inject: (fault) => faults.add(fault),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function splitUrl(url: string): { pathname: string; search: string } {
  const at = url.indexOf('?');
  return at < 0 ? { pathname: url, search: '' } : { pathname: url.slice(0, at), search: url.slice(at) };
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
