/** Servers that have every object, as they say, and send whoever wants to read one to another origin. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { redirectTo } from './canaries.ts';

const length = 100;

/** One for each type of remote that speaks HTTP, by the scheme of its url. */
export const sentOn: Readonly<Record<'webdav' | 'webhdfs', (origin: string) => RequestListener>> = {
  webdav: (origin) => (request, response) =>
    request.method === 'PROPFIND' ? tellWebdav(request, response) : redirectTo(origin, 307)(request, response),
  webhdfs: (origin) => (request, response) =>
    request.url?.includes('op=OPEN') ? redirectTo(origin, 307)(request, response) : tellWebhdfs(response),
};

function tellWebdav({ url }: IncomingMessage, response: ServerResponse): void {
  const properties = `<d:resourcetype/><d:getcontentlength>${length}</d:getcontentlength>`;
  const status = '<d:status>HTTP/1.1 200 OK</d:status>';
  const found = `<d:response><d:href>${url}</d:href><d:propstat><d:prop>${properties}</d:prop>${status}</d:propstat></d:response>`;
  response.writeHead(207, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${found}</d:multistatus>`);
}

function tellWebhdfs(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ FileStatus: { type: 'FILE', length, pathSuffix: '' } }));
}
