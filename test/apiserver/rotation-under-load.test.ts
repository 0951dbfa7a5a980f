/** The serving certificate replaced again and again while pods are created all the time: nobody notices. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { makeServingCertificate } from '../../src/tls/make.ts';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { type ApiTest, startApiTest, untilCalled } from '../support/webhook/api-test.ts';
import { register } from '../support/webhook/registration.ts';
import { startWebhookProcess } from '../support/webhook/webhook-process.ts';

const rotations = 3;
const creators = 12;
const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-rotation-'));
const tls = { mode: 'provided', certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
let api: ApiTest;
before(async () => {
  api = await startApiTest();
});
after(async () => {
  await api?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Each file at once, the two one after the other, as a tool that renews them does. */
function place(pair: { cert: string; key: string }): void {
  for (const [file, text] of [
    [tls.certFile, pair.cert],
    [tls.keyFile, pair.key],
  ] as const) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
}

/** The certificate that a new connection is shown. */
function servedAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('certificates of other authorities, one after another, while a dozen clients create pods: none is refused', async () => {
  const make = () => makeServingCertificate({ names: ['localhost'], ips: ['127.0.0.1'] });
  const pairs = await Promise.all(Array.from({ length: rotations + 1 }, make));
  const [first] = pairs;
  assert.ok(first);
  place(first);
  await using webhook = await startWebhookProcess({ kubeConfig: api.rights, config: { webhook: { tls } } });
  await webhook.ready();
  // As the registration is during a rotation: old and new are trusted.
  await register(api.controlPlane.config, { url: webhook.url, ca: pairs.map(({ ca }) => ca).join('\n') });
  await untilCalled(api.controlPlane.config, webhook);

  const namespace = await makeNamespace(api.controlPlane.config);
  const reviewsBefore = await webhook.reviews();
  const refusals: string[] = [];
  let created = 0;
  let rotating = true;
  const create = async () => {
    while (rotating) {
      try {
        const pod = await api.core.createNamespacedPod({ namespace, body: podNaming(reference), dryRun: 'All' });
        assert.equal(pod.spec?.initContainers?.[0]?.name, 'dvc-fetch');
        created += 1;
      } catch (error) {
        refusals.push((error as Error).message);
      }
    }
  };
  const load = Promise.all(Array.from({ length: creators }, create));
  try {
    for (const pair of pairs.slice(1)) {
      const createdBefore = created;
      place(pair);
      const { fingerprint256 } = new X509Certificate(pair.cert);
      await eventually('the new certificate is served', async () => (await servedAt(webhook.port)) === fingerprint256);
      await eventually('pods are created under it', async () => created > createdBefore + creators);
    }
  } finally {
    rotating = false;
    await load;
  }
  assert.deepEqual(refusals, []);
  assert.ok((await webhook.reviews()) - reviewsBefore >= created);
  const replaced = webhook.log.filter((entry) => entry.msg === 'the serving certificate was replaced');
  assert.equal(replaced.length, rotations);
});
