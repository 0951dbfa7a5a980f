/** What `helm test` runs in its pod, against a server with a certificate of its own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { makeServingCertificate } from '../../src/tls/make.ts';
import { chart, only, render, type Values } from '../support/chart/helm.ts';
import { listenOnLoopback } from '../support/servers/loopback.ts';

const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-ready-'));
const [file, none] = [join(folder, 'ca.crt'), join(folder, 'none')];
let server: Server;
let url: string;
let authority: string;
let answers: [status: number, text: string][] = [];

before(async () => {
  const { ca, cert, key } = await makeServingCertificate({ names: ['localhost'] });
  authority = ca;
  writeFileSync(file, ca);
  server = createServer({ cert, key }, (_, response) => {
    const [status, text] = answers.shift() ?? [200, 'ready'];
    response.writeHead(status).end(text);
  });
  const port = await listenOnLoopback(server);
  url = `https://localhost:${port}/readyz`;
});
after(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const ready = (environment: Record<string, string>, timeout?: number) =>
  execa(process.execPath, [join(chart, 'files/ready.mjs')], {
    env: { URL: url, ...environment },
    extendEnv: false,
    reject: false,
    ...(timeout ? { timeout } : {}),
  });

test('it asks again until the replica is ready, and trusts the authority of the Secret', async () => {
  answers = [[503, 'the caBundle is not in place yet']];
  const { exitCode, stdout } = await ready({ CA_FILE: file });
  assert.deepEqual([exitCode, stdout], [0, `${url} is ready`]);
});

test('it trusts the caBundle of the values, where the Secret has no authority', async () => {
  const { exitCode, stdout } = await ready({ CA_FILE: none, CA_BUNDLE: authority });
  assert.deepEqual([exitCode, stdout], [0, `${url} is ready`]);
});

test('a certificate that nobody trusts is no answer', { timeout: 120_000 }, async () => {
  const { exitCode, stderr } = await ready({ CA_FILE: none });
  assert.equal(exitCode, 1);
  assert.match(stderr, /is not ready: unable to verify the first certificate/);
});

test('the pod has the caBundle only where it is the admin who gave it', async () => {
  const environment = async (values: Values) =>
    only(await render(values), 'Pod').spec.containers[0].env.filter(
      ({ name }: { name: string }) => name === 'CA_BUNDLE',
    );
  const provided = { tls: { mode: 'provided', provided: { secretName: 'mine', caBundle: 'PEM' } } };
  assert.deepEqual(await environment(provided), [{ name: 'CA_BUNDLE', value: 'PEM' }]);
  assert.deepEqual(await environment({}), []);
});
