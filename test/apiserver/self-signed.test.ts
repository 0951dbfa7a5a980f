/** The self-signed mode as a cluster uses it: the API server calls a Service, and trusts what the replicas told it to. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  type V1MutatingWebhookConfiguration,
  type V1Secret,
} from '@kubernetes/client-node';
import { readBundle } from '../../src/tls/bundle.ts';
import { authorityLifetime } from '../../src/tls/lifetimes.ts';
import { makeAuthority } from '../../src/tls/make.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { registeredWebhook } from '../support/webhook/registration.ts';
import { clientWith, clusterRules, ownNamespace } from '../support/webhook/rights.ts';
import { startWebhookProcess, type WebhookProcess } from '../support/webhook/webhook-process.ts';

const name = 'dvc-injector';
const secretAt = { namespace: ownNamespace, name: 'dvc-injector-ca' };
let controlPlane: ControlPlane;
let core: CoreV1Api;
let registrations: AdmissionregistrationV1Api;
let replicas: WebhookProcess[] = [];
let start: () => Promise<WebhookProcess>;
before(async () => {
  controlPlane = await startControlPlane();
  core = controlPlane.config.makeApiClient(CoreV1Api);
  registrations = controlPlane.config.makeApiClient(AdmissionregistrationV1Api);
  const kubeConfig = await clientWith(controlPlane);
  start = () => startWebhookProcess({ kubeConfig, config: { webhook: { tls: { mode: 'self-signed' } } } });
  // Without a node no Service has an address; one that is a name leads the API server to loopback, and it still checks
  // the certificate for dvc-injector.dvc-injector.svc.
  await core.createNamespacedService({
    namespace: ownNamespace,
    body: { metadata: { name }, spec: { type: 'ExternalName', externalName: 'localhost' } },
  });
});
after(async () => {
  for (const replica of replicas) await replica.kill();
  await controlPlane?.stop();
});

const service = (port: number) => ({ service: { namespace: ownNamespace, name, path: '/mutate', port } });
const bundleOf = (registration: V1MutatingWebhookConfiguration) =>
  readBundle(Buffer.from(registration.webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString());
const currentBundle = async () => bundleOf(await registrations.readMutatingWebhookConfiguration({ name }));
const authorityOf = (secret: V1Secret) =>
  new X509Certificate(Buffer.from(secret.data?.['tls.crt'] ?? '', 'base64').toString());

/** Who signed the certificate that a new connection is shown. */
async function issuerServedAt(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.issuer;
  } finally {
    socket.destroy();
  }
}

/** Points the registration to one replica and creates a pod through it. */
async function admitThrough(replica: WebhookProcess): Promise<void> {
  await registrations.patchMutatingWebhookConfiguration({
    name,
    body: [{ op: 'add', path: '/webhooks/0/clientConfig/service/port', value: replica.port }],
  });
  const namespace = await makeNamespace(controlPlane.config);
  const before = await replica.reviews();
  await eventually('a pod is admitted by this replica', async () => {
    await core.createNamespacedPod({ namespace, body: podNaming(reference) });
    return (await replica.reviews()) > before;
  });
}

test('replicas that start at once make one authority, write it into the registration and serve by it', async () => {
  replicas = await Promise.all([start(), start(), start()]);
  await registrations.createMutatingWebhookConfiguration({
    body: { metadata: { name }, webhooks: [registeredWebhook(service(replicas[0]?.port ?? 0))] },
  });
  for (const replica of replicas) await replica.ready();
  const secret = await core.readNamespacedSecret(secretAt);
  assert.equal(secret.type, 'kubernetes.io/tls');
  assert.equal(secret.metadata?.labels?.['app.kubernetes.io/managed-by'], 'dvc-injector');
  assert.deepEqual(
    (await currentBundle()).map((certificate) => certificate.fingerprint256),
    [authorityOf(secret).fingerprint256],
  );
  for (const replica of replicas) await admitThrough(replica);
  const made = replicas.flatMap(({ log }) => log).filter((entry) => entry.msg === 'made a new certificate authority');
  assert.equal(made.length, 1);
});

test('a caBundle that an upgrade wipes is back before anybody is told twice', async () => {
  await registrations.patchMutatingWebhookConfiguration({
    name,
    body: [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }],
  });
  await eventually('the caBundle', async () => (await currentBundle()).length === 1);
  for (const replica of replicas) await replica.ready();
  if (replicas[0]) await admitThrough(replicas[0]);
});

test('an authority near its end is replaced, both are trusted, and no pod is refused meanwhile', async () => {
  const due = await makeAuthority(new Date(Date.now() - authorityLifetime * 0.8));
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const old = await core.readNamespacedSecret(secretAt);
  const namespace = await makeNamespace(controlPlane.config);
  let rotating = true;
  let admitted = 0;
  const stream = (async () => {
    while (rotating) {
      await core.createNamespacedPod({ namespace, body: podNaming(reference), dryRun: 'All' });
      admitted += 1;
    }
  })();
  await core.patchNamespacedSecret({
    ...secretAt,
    body: [
      { op: 'add', path: '/data/tls.crt', value: encoded(due.cert) },
      { op: 'add', path: '/data/tls.key', value: encoded(due.key) },
    ],
  });
  const secret = await eventually('a new authority', async () => {
    const present = await core.readNamespacedSecret(secretAt);
    const fingerprint = authorityOf(present).fingerprint256;
    return (
      fingerprint !== new X509Certificate(due.cert).fingerprint256 &&
      fingerprint !== authorityOf(old).fingerprint256 &&
      present
    );
  });
  const expected = [authorityOf(old), new X509Certificate(due.cert), authorityOf(secret)];
  const bundle = await eventually('all three in the bundle', async () => {
    const present = await currentBundle();
    return present.length === 3 && present;
  });
  assert.deepEqual(
    bundle.map((certificate) => certificate.fingerprint256).sort(),
    expected.map((certificate) => certificate.fingerprint256).sort(),
  );
  // A replica that starts now signs by the new authority; the others change to it, while they serve, a minute later.
  const late = await start();
  await late.ready();
  for (const replica of replicas) {
    await eventually(
      'a serving replica signs by the new authority',
      async () => replica.log.some((entry) => entry.why === 'its authority was replaced'),
      300,
    );
  }
  const admittedBefore = admitted;
  await eventually('pods are created under it', async () => admitted > admittedBefore + 10);
  rotating = false;
  await stream;
  replicas.push(late);
  for (const replica of replicas) {
    assert.equal(await issuerServedAt(replica.port), authorityOf(secret).subject);
    await admitThrough(replica);
  }
});

test('without the right to patch the registration the replica is not ready, and its log says which right it needs', async () => {
  const mayNotPatch = clusterRules.map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'patch') }));
  const own = [{ apiGroups: [''], resources: ['secrets'], verbs: ['list', 'watch'] }];
  const kubeConfig = await clientWith(controlPlane, 'may-not-patch', { cluster: mayNotPatch, own });
  const config = { webhook: { service: 'other', configuration: 'dvc-injector', tls: { mode: 'self-signed' } } };
  await using poor = await startWebhookProcess({ kubeConfig, config });
  const line = await eventually('the line in the log', async () =>
    poor.log.find((entry) => entry.msg === 'TLS is not complete'),
  );
  assert.match(String(line.cause), /cannot create resource "secrets"/);
  assert.equal(
    line.needs,
    'create on secrets and list, watch, update on secret dvc-injector/other-ca; list, watch, patch on mutatingwebhookconfiguration dvc-injector',
  );
  assert.equal((await poor.readyz()).status, 503);
});
