/**
 * The API server shows the webhook a client certificate, by the very files and commands of docs/install.md, and the webhook
 * takes reviews from nobody else.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AdmissionregistrationV1Api, CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { issue, makeAuthority, type Pair } from '../support/cluster/certificates.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { makeNamespace, podNaming, reference, reviewOf } from '../support/cluster/objects.ts';
import { blocks, readPage } from '../support/docs/pages.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process/free-port.ts';
import { ask } from '../support/webhook/https.ts';
import { registeredWebhook } from '../support/webhook/registration.ts';
import { clientWith, ownNamespace } from '../support/webhook/rights.ts';
import { startWebhookProcess, type WebhookProcess } from '../support/webhook/webhook-process.ts';

const service = 'dvc-injector';
const page = readPage('docs/install.md');
/** The one block of this language that holds these words. */
function blockWith(language: string, words: string): string {
  const [found, ...more] = blocks(page, language).filter((block) => block.includes(words));
  assert.ok(found !== undefined && more.length === 0, words);
  return found;
}

let folder: string;
let port: number;
/** With the files of the page, and as the API server is without them. */
let showing: ControlPlane;
let anonymous: ControlPlane;
const webhooks: WebhookProcess[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-client-certificate-'));
  await execa('sh', ['-ec', blockWith('sh', 'openssl req')], { cwd: folder });
  port = await freePort('127.0.0.1');
  const here = (text: string) => text.replaceAll('/etc/kubernetes/dvc-injector', folder);
  writeFileSync(join(folder, 'admission.yaml'), here(blockWith('yaml', '# admission.yaml')));
  const kubeconfig = blockWith('yaml', '# kubeconfig.yaml');
  // Only root can listen on 443; on another port the name carries it, as the page says.
  assert.match(kubeconfig, new RegExp(`name: ${service}\\.${ownNamespace}\\.svc\n`));
  writeFileSync(join(folder, 'kubeconfig.yaml'), here(kubeconfig.replace('.svc\n', `.svc:${port}\n`)));
  showing = await startControlPlane({
    apiServerFlags: [`--admission-control-config-file=${join(folder, 'admission.yaml')}`],
  });
  anonymous = await startControlPlane();
});
after(async () => {
  for (const each of webhooks) await each.kill();
  await showing?.stop();
  await anonymous?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The webhook behind a Service of this cluster, with the authority and the name of the page. */
async function serve(controlPlane: ControlPlane): Promise<WebhookProcess> {
  const kubeConfig = await clientWith(controlPlane);
  const core = controlPlane.config.makeApiClient(CoreV1Api);
  const spec = { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] };
  await core.createNamespacedService({ namespace: ownNamespace, body: { metadata: { name: service }, spec } });
  const registration = registeredWebhook({
    service: { name: service, namespace: ownNamespace, path: '/mutate', port },
  });
  await controlPlane.config
    .makeApiClient(AdmissionregistrationV1Api)
    .createMutatingWebhookConfiguration({ body: { metadata: { name: service }, webhooks: [registration] } });
  const clientNames = ['kube-apiserver-webhooks'];
  const tls = { mode: 'self-signed', clientCA: join(folder, 'ca.crt'), clientNames };
  const webhook = await startWebhookProcess({ kubeConfig, config: { webhook: { port, tls } } });
  webhooks.push(webhook);
  await webhook.ready();
  return webhook;
}

const create = (controlPlane: ControlPlane, namespace: string, pod: V1Pod) =>
  controlPlane.kubectl(['-n', namespace, 'create', '-f', '-'], { input: stringify(pod) });
const claims = async (controlPlane: ControlPlane, namespace: string) =>
  (await controlPlane.config.makeApiClient(CoreV1Api).listNamespacedPersistentVolumeClaim({ namespace })).items.length;
const refusals = (webhook: WebhookProcess, reason: string) =>
  webhook.metric(`dvc_injector_callers_refused_total{reason="${reason}"}`);

const send = (webhook: WebhookProcess, namespace: string, pair: Pair | null) =>
  ask(
    `${webhook.url}/mutate`,
    '',
    { method: 'POST', rejectUnauthorized: false, ...pair },
    JSON.stringify(reviewOf(podNaming(reference), { namespace })),
  );

test('with the files of the page pods are injected, and whoever else asks gets 403 and makes nothing', async () => {
  const webhook = await serve(showing);
  const namespace = await makeNamespace(showing.config);
  await eventually('a pod is let in', async () => {
    return (await create(showing, namespace, podNaming(reference, { name: 'train' }))).exitCode === 0;
  });
  const pod = await showing.config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace, name: 'train' });
  assert.deepEqual(
    pod.spec?.initContainers?.map(({ name }) => name),
    ['dvc-fetch'],
  );

  const bystander = await makeNamespace(showing.config, false);
  const nobody = await send(webhook, bystander, null);
  assert.deepEqual(
    [nobody.status, nobody.body],
    [
      403,
      'reviews are taken only from clients with a certificate of webhook.tls.clientCA, and this one showed none; docs/install.md says how the API server is given one\n',
    ],
  );
  const foreign = await issue(await makeAuthority('webhook-clients'), { commonName: 'kube-apiserver-webhooks' });
  const stranger = await send(webhook, bystander, foreign);
  assert.equal(stranger.status, 403);
  assert.match(stranger.body, /^the client's certificate is not accepted/);
  assert.equal(await claims(showing, bystander), 0);
  assert.ok((await refusals(webhook, 'no-certificate')) >= 1);
  assert.equal(await refusals(webhook, 'untrusted-certificate'), 1);
  assert.equal((await webhook.readyz()).status, 200);
});

test('an API server that shows none is refused: the pod is not created, kubectl shows why, and others are not concerned', async () => {
  await webhooks.pop()?.kill();
  const webhook = await serve(anonymous);
  const namespace = await makeNamespace(anonymous.config);
  const stderr = await eventually('a refusal', async () => {
    const printed = await create(anonymous, namespace, podNaming(reference, { name: 'train' }));
    return printed.exitCode === 1 && (await refusals(webhook, 'no-certificate')) > 0 && printed.stderr;
  });
  assert.match(
    stderr,
    /failed calling webhook "inject\.dvc\.io": failed to call webhook: reviews are taken only from clients with a certificate of webhook\.tls\.clientCA, and this one showed none/,
  );
  assert.equal((await create(anonymous, namespace, podNaming(null, { name: 'plain' }))).exitCode, 0);
});

test('an API server whose certificate has another name is refused too', async () => {
  await webhooks.pop()?.kill();
  const kubeConfig = await showing.kubeConfigFor({ serviceAccount: 'dvc-injector', namespace: ownNamespace });
  const tls = { mode: 'self-signed', clientCA: join(folder, 'ca.crt'), clientNames: ['somebody-else'] };
  const webhook = await startWebhookProcess({ kubeConfig, config: { webhook: { port, tls } } });
  webhooks.push(webhook);
  await webhook.ready();
  const namespace = await makeNamespace(showing.config);
  await eventually('it is refused for its name', async () => {
    await create(showing, namespace, podNaming(reference));
    return (await refusals(webhook, 'other-name')) > 0;
  });
  const { items } = await showing.config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace });
  assert.deepEqual(items, []);
});
