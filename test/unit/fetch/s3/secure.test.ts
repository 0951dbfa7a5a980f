/** S3 over TLS: by a proxy's tunnel, with a CA of one's own, and never with a certificate that is not trusted. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { connectS3 } from '../../../../src/fetch/s3/connect.ts';
import { FallBackToDvc } from '../../../../src/fetch/s3/fall-back.ts';
import { issue, makeAuthority } from '../../../support/cluster/certificates.ts';
import { listenOnLoopback } from '../../../support/servers/loopback.ts';

let folder: string;
let server: ReturnType<typeof createSecureServer>;
let proxy: Server;
let ports: { server: number; proxy: number };
let requests = 0;
let tunnels = 0;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-secure-'));
  const authority = await makeAuthority('a CA of one’s own');
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  writeFileSync(join(folder, 'none.pem'), 'no certificate');
  server = createSecureServer(await issue(authority, { commonName: 's3', hosts: ['127.0.0.1'] }), (_, response) => {
    requests += 1;
    response.end('the bytes');
  });
  proxy = createServer().on('connect', ({ url = '' }, socket) => {
    tunnels += 1;
    const [host, port] = url.split(':');
    const upstream = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.pipe(socket).pipe(upstream);
    for (const end of [upstream, socket]) end.on('error', () => {});
  });
  ports = { server: await listenOnLoopback(server), proxy: await listenOnLoopback(proxy) };
});
after(() => {
  for (const each of [server, proxy]) {
    each?.closeAllConnections();
    each?.close();
  }
  rmSync(folder, { recursive: true });
});

async function getWith(environment: Record<string, string>): Promise<string | null> {
  const settings = { url: 's3://images', endpointurl: `https://127.0.0.1:${ports.server}` };
  const remote = { name: 'origin', type: 's3', settings, endpoints: [], ignored: [] } as const;
  const env = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', ...environment };
  const client = (await connectS3({ ...remote, endpoints: [], ignored: [] }, env, 4)) ?? assert.fail();
  try {
    return await client.get('ab', async ({ whole }) => (await whole()).toString(), new AbortController().signal);
  } finally {
    await client.close();
  }
}

test('a CA bundle is trusted, directly and through a tunnel', async () => {
  const ca = { AWS_CA_BUNDLE: join(folder, 'ca.pem') };
  assert.equal(await getWith(ca), 'the bytes');
  assert.equal(tunnels, 0);
  assert.equal(await getWith({ ...ca, HTTPS_PROXY: `127.0.0.1:${ports.proxy}` }), 'the bytes');
  assert.equal(tunnels, 1);
});

test('a proxy for http is not used for https', async () => {
  const seen = tunnels;
  const ca = { AWS_CA_BUNDLE: join(folder, 'ca.pem') };
  assert.equal(await getWith({ ...ca, HTTP_PROXY: `http://127.0.0.1:${ports.proxy}` }), 'the bytes');
  assert.equal(tunnels, seen);
});

test('a certificate that is not trusted is handed over at once, as no time changes it', async () => {
  const [seen, started] = [requests, performance.now()];
  for (const environment of [{}, { HTTPS_PROXY: `127.0.0.1:${ports.proxy}` }]) {
    await assert.rejects(getWith(environment), (error) => error instanceof FallBackToDvc && !error.passing);
  }
  assert.ok(performance.now() - started < 5_000);
  assert.equal(requests, seen);
});

for (const [title, file] of Object.entries({ 'is not there': 'nowhere.pem', 'holds no certificate': 'none.pem' })) {
  test(`a CA bundle that ${title} is told by its variable`, async () => {
    await assert.rejects(
      getWith({ AWS_CA_BUNDLE: join(folder, file) }),
      (error) =>
        error instanceof FetchFailure &&
        error.exit === 'configuration' &&
        error.message.includes(file) &&
        /AWS_CA_BUNDLE must name a file of PEM certificates/.test(error.message),
    );
  });
}
