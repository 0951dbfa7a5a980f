/** Who may send reviews where client certificates are asked for: the real application behind real TLS. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, before, beforeEach, test } from 'node:test';
import { connect } from 'node:tls';
import { defaultConfig, InvalidConfig } from '../../../src/config/load.ts';
import { makeServingCertificate } from '../../../src/tls/make.ts';
import { makeApp } from '../../../src/webhook/app.ts';
import { type Callers, callerOptions, openCallers } from '../../../src/webhook/callers.ts';
import { close, listen } from '../../../src/webhook/listen.ts';
import { makeLogger } from '../../../src/webhook/log.ts';
import { type Metrics, makeMetrics } from '../../../src/webhook/metrics.ts';
import { makeMutate } from '../../../src/webhook/mutate.ts';
import { makeReadiness } from '../../../src/webhook/readiness.ts';
import { makeReviewServer } from '../../../src/webhook/servers.ts';
import { type Holder, issue, makeAuthority, type Pair } from '../../support/cluster/certificates.ts';
import { podNaming, reviewOf } from '../../support/cluster/objects.ts';
import { eventually } from '../../support/eventually.ts';
import { type Answer, ask } from '../../support/webhook/https.ts';

let serving: Pair & { ca: string };
let authority: Pair;
let foreign: Pair;
before(async () => {
  serving = await makeServingCertificate({ names: ['localhost'], ips: ['127.0.0.1'] });
  authority = await makeAuthority('control plane');
  foreign = await makeAuthority('control plane');
});

let folder: string;
let server: Server;
let callers: Callers;
let metrics: Metrics;
let log: string;
let url: string;
const file = () => join(folder, 'ca.crt');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-callers-'));
  writeFileSync(file(), authority.cert);
});
afterEach(async () => {
  callers?.stop();
  if (server) await close(server, 0);
  rmSync(folder, { recursive: true, force: true });
});

async function start(clientNames?: string[]): Promise<void> {
  log = '';
  const logger = makeLogger(
    new PassThrough().on('data', (chunk) => {
      log += chunk;
    }),
  );
  const tls = { mode: 'self-signed', clientCA: file(), ...(clientNames ? { clientNames } : {}) } as const;
  metrics = makeMetrics();
  server = makeReviewServer(callerOptions(tls));
  callers = openCallers({ server, tls, metrics, log: logger, poll: 10 });
  callers.serve(serving);
  const ensureClaim = async () => assert.fail('a pod without a dataset needs no claim');
  const mutate = makeMutate({ config: defaultConfig(), ensureClaim, metrics, log: logger });
  const readiness = makeReadiness({});
  server.on('request', makeApp({ mutate, readiness, metrics, log: logger, refuse: callers.refuse }));
  url = `https://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
}

const client = (holder: Partial<Holder> = {}, by = authority) => issue(by, { commonName: 'kube-apiserver', ...holder });
const review = JSON.stringify(reviewOf(podNaming(null)));

function send(pair: Pair | null, more: { agent?: Agent; body?: string } = {}): Promise<Answer> {
  const options = { method: 'POST', ...pair, ...(more.agent ? { agent: more.agent } : {}) };
  return ask(`${url}/mutate`, serving.ca, options, more.body ?? review);
}

async function refused(pair: Pair | null, reason: string, says: RegExp): Promise<void> {
  const { status, body, headers } = await send(pair);
  assert.equal(status, 403, body);
  assert.match(body, says);
  assert.match(body, /^[^\n]+\n$/);
  assert.equal(headers.connection, 'close');
  const text = await metrics.registry.metrics();
  assert.ok(text.includes(`dvc_injector_callers_refused_total{reason="${reason}"} 1\n`), text);
  assert.ok(log.includes(`"reason":"${reason}","from":"127.0.0.1"`), log);
}

test('a client with a certificate of the authority is answered', async () => {
  await start();
  assert.equal((await send(await client())).status, 200);
});

test('one without a certificate is refused with what it lacks, before its body is read', async () => {
  await start();
  await refused(
    null,
    'no-certificate',
    /clients with a certificate of webhook\.tls\.clientCA, and this one showed none/,
  );
  assert.equal((await send(null, { body: '{'.repeat(100) })).status, 403);
});

test('a certificate of another authority is refused, though that has the same name', async () => {
  await start();
  await refused(
    await client({}, foreign),
    'untrusted-certificate',
    /must be signed by an authority of webhook\.tls\.clientCA/,
  );
});

test('so are one that signed itself, one that has expired and one that is meant for servers', async () => {
  for (const pair of [
    foreign,
    await client({ until: new Date(Date.now() - 1_000) }),
    await client({ usage: { serverAuth: true } }),
  ]) {
    await start();
    await refused(pair, 'untrusted-certificate', /is not accepted \([A-Z_]+\)/);
    callers.stop();
    await close(server, 0);
  }
});

test('with names, the certificate must have one of them, as its common name or as a DNS name, whole', async () => {
  await start(['kube-apiserver', 'api.example.com']);
  assert.equal((await send(await client())).status, 200);
  assert.equal((await send(await client({ commonName: 'x', hosts: ['api.example.com'] }))).status, 200);
  for (const holder of [
    { commonName: 'kubelet' },
    { commonName: 'kube-apiserver-2' },
    { commonName: 'x', hosts: ['*.example.com'] },
    { commonName: 'x', organizations: ['kube-apiserver'] },
  ]) {
    const { status, body } = await send(await client(holder));
    assert.equal(status, 403);
    assert.equal(
      body,
      `the client's certificate is of ${holder.commonName}, which is none of webhook.tls.clientNames\n`,
    );
  }
});

test("the kubelet's probes need no certificate", async () => {
  await start();
  for (const path of ['/healthz', '/readyz']) assert.equal((await ask(`${url}${path}`, serving.ca)).status, 200);
});

test('a thousand refusals are one line in the log, and a number', async () => {
  await start();
  for (let index = 0; index < 20; index += 1) await send(null);
  assert.equal(log.split('a caller was refused').length, 2);
  assert.match(await metrics.registry.metrics(), /refused_total\{reason="no-certificate"\} 20\n/);
});

test('a new authority is believed when the file changes, the old one no longer, also on connections that are open', async () => {
  await start();
  // Of another name: without key identifiers OpenSSL tries one authority of a name only.
  const successor = await makeAuthority('control plane 2');
  const [old, next] = [await client(), await client({}, successor)];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = await send(old, { agent });
  assert.equal(first.status, 200);
  writeFileSync(file(), `${authority.cert}${successor.cert}`);
  await eventually('both are believed', async () => (await send(next)).status === 200);
  assert.equal((await send(old)).status, 200);
  writeFileSync(file(), successor.cert);
  await eventually('the old one is refused', async () => (await send(old)).status === 403);
  assert.equal((await send(old, { agent })).status, 403);
  assert.match(log, /"authorities":1,"msg":"the client authorities were replaced"/);
  agent.destroy();
});

test('a session is not resumed, which would be answered without a look at the certificate', async () => {
  await start();
  const { port } = new URL(url);
  const options = { host: '127.0.0.1', port: Number(port), ca: serving.ca, ...(await client()) };
  const hello = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    let session: Buffer | undefined;
    const begun = connect({ ...options, maxVersion }).on('session', (given) => {
      session = given;
    });
    await once(begun, 'secureConnect');
    begun.end(hello);
    await once(begun.resume(), 'close');
    const again = connect({ ...options, maxVersion, ...(session ? { session } : {}) });
    await once(again, 'secureConnect');
    assert.equal(again.isSessionReused(), false);
    again.destroy();
  }
});

/** At once, as the kubelet does it: a look between truncation and writing would find another fault. */
function replaceFile(content: string): void {
  writeFileSync(`${file()}.new`, content);
  renameSync(`${file()}.new`, file());
}

test('a file that gets unreadable leaves the old authorities, and is said once', async () => {
  await start();
  replaceFile(`${authority.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`);
  await eventually('a complaint', async () => log.includes('holds a certificate that can not be read'));
  replaceFile('');
  await eventually('another', async () => log.includes('holds no PEM certificate'));
  rmSync(file());
  await eventually('the last', async () => log.includes('ENOENT'));
  assert.equal((await send(await client())).status, 200);
  assert.equal(log.split('the old ones stay').length, 4);
});

test('at the start, a file that can not be used is a configuration error', async () => {
  writeFileSync(file(), 'x');
  await assert.rejects(
    start(),
    (error) => error instanceof InvalidConfig && /^webhook\.tls\.clientCA: .* holds no PEM/.test(error.message),
  );
  rmSync(file());
  await assert.rejects(start(), (error) => error instanceof InvalidConfig && /ENOENT/.test(error.message));
});
