/** A web server over a folder, which lets in whoever sends the right header: what an HTTP remote of DVC is. */
import { createReadStream, statSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join, normalize } from 'node:path';
import { serveOnLoopback } from './loopback.ts';

export interface FileServer extends AsyncDisposable {
  /** `https://localhost:<port>` or `http://127.0.0.1:<port>`. */
  url: string;
  port: number;
  /** The header that lets in, of each request, in order; undefined where it had none. */
  seen: readonly (string | string[] | undefined)[];
}

export interface FileServerOptions {
  /** The header that lets in, and its value; without it everybody is. */
  pass?: [header: string, value: string];
  tls?: { cert: string; key: string };
  /** Where a path is to be had instead; null where it is here. */
  moved?: (path: string) => string | null;
  /** The header to be seen, where none lets in; the usual one unless said. */
  watch?: string;
}

export async function startFileServer(
  folder: string,
  { pass, tls, moved = () => null, watch = 'authorization' }: FileServerOptions = {},
): Promise<FileServer> {
  const seen: (string | string[] | undefined)[] = [];
  const listener: RequestListener = (request, response) => {
    const given = request.headers[(pass?.[0] ?? watch).toLowerCase()];
    seen.push(given);
    if (pass && given !== pass[1]) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="data"' }).end();
      return;
    }
    const location = moved(request.url ?? '/');
    if (location !== null) {
      response.writeHead(302, { location }).end();
      return;
    }
    const file = join(folder, normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)));
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': found.size });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).pipe(response);
  };
  const server = await serveOnLoopback(listener, tls);
  return { ...server, url: server.origin, seen };
}
