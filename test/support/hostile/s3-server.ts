/** An S3 server of a stranger's, which answers as no honest one would: objects without an end, redirects, other logins. */
import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';

/** What has been sent of the objects that never end. */
export interface Sent {
  bytes: number;
}

const block = Buffer.alloc(1024 * 1024);

/**
 * Serves `objects` by the end of their path, and for everything else below `files/md5/` zeros without an end: with a
 * length of a tebibyte that is declared, or without one.
 */
export function endless(
  sent: Sent,
  declared: boolean,
  objects: Readonly<Record<string, Buffer>> = {},
): RequestListener {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
    if (searchParams.has('list-type') || !pathname.includes('/files/md5/')) {
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end('<?xml version="1.0"?><ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>');
      return;
    }
    const known = Object.entries(objects).find(([end]) => pathname.endsWith(end))?.[1];
    const head = { etag: '"0"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
    if (known) {
      response.writeHead(200, { ...head, 'content-length': known.length });
      response.end(request.method === 'HEAD' ? undefined : known);
      return;
    }
    response.writeHead(200, { ...head, ...(declared ? { 'content-length': 2 ** 40 } : {}) });
    if (request.method === 'HEAD') response.end();
    else
      zeros(sent)
        .on('error', () => {})
        .pipe(response)
        .on('error', () => {});
  };
}

function zeros(sent: Sent): Readable {
  return new Readable({
    highWaterMark: block.length,
    read() {
      sent.bytes += block.length;
      this.push(block);
    },
  });
}
