/** Keys of a session before an S3 server that knows only lasting ones: the token and the signature over it are checked here. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Keys } from '../servers/cloud-identity.ts';

const region = 'us-east-1';

/**
 * The headers under which the server gets the request, signed anew without the token; null where the token, or the
 * client's signature that must cover it, is not right.
 */
export async function withoutSession(request: IncomingMessage, keys: Keys): Promise<Record<string, string> | null> {
  const covered = /SignedHeaders=([^,]+)/.exec(request.headers.authorization ?? '')?.[1]?.split(';') ?? [];
  if (request.headers['x-amz-security-token'] !== keys.sessionToken) return null;
  if (!covered.includes('x-amz-security-token') || !isSignedBy(keys.secretAccessKey, request, covered)) return null;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
  const { host = '', 'x-amz-content-sha256': digest = '' } = request.headers;
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey },
    sha256: Hash.bind(null, 'sha256'),
    uriEscapePath: false,
    applyChecksum: false,
  });
  const { headers } = await signer.sign({
    method: request.method ?? 'GET',
    protocol: 'http:',
    hostname: host,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { host, 'x-amz-content-sha256': String(digest) },
  });
  return headers;
}

/** AWS's signature, version 4, of a request to S3. */
function isSignedBy(secret: string, request: IncomingMessage, covered: readonly string[]): boolean {
  const { authorization = '', 'x-amz-date': date = '', 'x-amz-content-sha256': digest = '' } = request.headers;
  const [, scope = '', signature] = /Credential=[^/]+\/([^,]+),.*Signature=([0-9a-f]{64})/.exec(authorization) ?? [];
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
  const encoded = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort();
  const headers = covered.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
  const canonical = [request.method, pathname, query.join('&'), headers.join(''), covered.join(';'), digest].join('\n');
  const hashed = createHash('sha256').update(canonical).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, ['AWS4-HMAC-SHA256', date, scope, hashed].join('\n')).toString('hex') === signature;
}
