/** A real git server over HTTP(S) (git http-backend), with a password and with the manners of old servers where a test asks. */
import { spawn } from 'node:child_process';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { serveOnLoopback } from './loopback.ts';

export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, or `https://localhost:<port>`; a repository is at its path below the served folder. */
  url: string;
  port: number;
  /** The Authorization header of each request, in order; undefined where there was none. */
  logins: readonly (string | undefined)[];
}

export interface GitServerOptions {
  /** `user:password`, without which nothing is served. */
  login?: string;
  /** Only tips of branches can be asked for, as before protocol 2. */
  oldProtocol?: boolean;
  /** In PEM; makes it an https server. */
  tls?: { cert: string; key: string };
  /** Each request that may be served waits for this. */
  gate?: () => Promise<unknown>;
}

/** Serves the bare repositories below `folder`. */
export async function startGitServer(folder: string, options: GitServerOptions = {}): Promise<GitServer> {
  const { login, oldProtocol = false, tls, gate } = options;
  const logins: (string | undefined)[] = [];
  const listener: RequestListener = (request, response) => {
    const wanted = login && `Basic ${Buffer.from(login).toString('base64')}`;
    logins.push(request.headers.authorization);
    if (wanted && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const go = () => answer(folder, request, response, oldProtocol);
    if (gate) gate().then(go, () => response.destroy());
    else go();
  };
  const server = await serveOnLoopback(listener, tls);
  return { ...server, url: server.origin, logins };
}

function answer(folder: string, request: IncomingMessage, response: ServerResponse, oldProtocol: boolean): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://x');
  const { 'content-type': type = '', 'content-encoding': encoding = '', 'git-protocol': protocol } = request.headers;
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: type,
      HTTP_CONTENT_ENCODING: encoding,
      ...(oldProtocol || !protocol ? {} : { GIT_PROTOCOL: String(protocol) }),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.once('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const headers = output
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]);
    const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    response.end(output.subarray(end + 4));
  });
}
