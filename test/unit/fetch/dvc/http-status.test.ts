/** A web server is asked itself by the way that DVC takes: by the proxy of the address's own scheme, or by none. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { httpRefusal } from '../../../../src/fetch/dvc/http-status.ts';
import type { Remote } from '../../../../src/fetch/remote/choose-remote.ts';
import { issue, makeAuthority } from '../../../support/cluster/certificates.ts';

const asked: string[] = [];
let folder: string;
let plain: Server;
let secure: ReturnType<typeof createSecureServer>;
let proxy: Server;
let web: { http: string; https: string };
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-http-status-'));
  const authority = await makeAuthority('a CA of one’s own');
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  plain = createServer((_, response) => response.writeHead(404).end());
  const certificate = await issue(authority, { commonName: 'web', hosts: ['localhost'] });
  secure = createSecureServer(certificate, (_, response) => response.writeHead(404).end());
  // It has every object, so that its answer is told from the server's own.
  proxy = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.end();
  });
  proxy.on('connect', ({ url = '' }, socket) => {
    asked.push(`CONNECT ${url}`);
    const upstream = connect(Number(url.split(':')[1]), 'localhost', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.pipe(socket).pipe(upstream);
    for (const end of [upstream, socket]) end.on('error', () => {});
  });
  for (const each of [plain, secure, proxy]) await new Promise<void>((resolve) => each.listen(0, resolve));
  web = { http: `http://localhost:${portOf(plain)}`, https: `https://localhost:${portOf(secure)}` };
});
after(() => {
  for (const each of [plain, secure, proxy]) {
    each?.closeAllConnections();
    each?.close();
  }
  rmSync(folder, { recursive: true });
});

const portOf = (each: Server | typeof secure) => (each.address() as AddressInfo).port;

/** What a remote is said to have refused, with the proxies that `environment` names as `PROXY`. */
async function refusalOf(type: 'http' | 'https', environment: Record<string, string>, url = web[type]) {
  const given = Object.entries(environment).map(([name, value]) => [
    name,
    value.replace('PROXY', `http://localhost:${portOf(proxy)}`),
  ]);
  const env = { SSL_CERT_FILE: join(folder, 'ca.pem'), ...Object.fromEntries(given) };
  asked.length = 0;
  const remote: Remote = { name: 'origin', type, settings: { url }, endpoints: [web.http, web.https], ignored: [] };
  const { signal } = new AbortController();
  return (await httpRefusal(remote, 'ab/cdef', { env, signal }, {}))?.message ?? null;
}

test('a server that has no such object refused nothing', async () => {
  assert.equal(await refusalOf('http', {}), null);
  assert.equal(await refusalOf('https', {}), null);
  assert.deepEqual(asked, []);
});

test('https takes the proxy for https, by a tunnel', async () => {
  assert.equal(await refusalOf('https', { https_proxy: 'PROXY' }), null);
  assert.deepEqual(asked, [`CONNECT localhost:${portOf(secure)}`]);
});

test('https never takes the proxy for http, which may know nothing of tunnels', async () => {
  assert.equal(await refusalOf('https', { http_proxy: 'PROXY', HTTP_PROXY: 'PROXY' }), null);
  assert.deepEqual(asked, []);
});

test('http takes the proxy for http, and never that for https', async () => {
  assert.match((await refusalOf('http', { http_proxy: 'PROXY' })) ?? '', /can't be reached/); // "200 OK", says the proxy
  assert.deepEqual(asked, [`HEAD ${web.http}/ab/cdef`]);
  assert.equal(await refusalOf('http', { https_proxy: 'PROXY' }), null);
  assert.deepEqual(asked, []);
});

test('a host that is spared is asked directly, by the rules that hold for S3 too', async () => {
  for (const no_proxy of ['localhost', '.localhost', '*', `localhost:${portOf(secure)}`]) {
    assert.equal(await refusalOf('https', { https_proxy: 'PROXY', no_proxy }), null);
    assert.deepEqual(asked, [], no_proxy);
  }
  await refusalOf('https', { https_proxy: 'PROXY', no_proxy: 'host' });
  assert.equal(asked.length, 1);
});

test('a proxy of another kind, or a bundle that is not there, is told by its variable', async () => {
  assert.match(
    (await refusalOf('http', { HTTP_PROXY: 'socks5://proxy:1080' })) ?? '',
    /^HTTP_PROXY names no HTTP proxy/,
  );
  await assert.rejects(refusalOf('https', { SSL_CERT_FILE: '/nowhere/ca.pem' }), /: SSL_CERT_FILE must name a file of/);
});
