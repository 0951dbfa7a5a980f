/**
 * Reviews that no API server sent. Any pod that reaches the port can write one, for any namespace, and a real API server
 * asks only about namespaces that are opted in; so the webhook looks at the namespace itself before it makes anything there.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { parseConfig } from '../../src/config/load.ts';
import { staticVolume } from '../../src/storage/volume.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { makeNamespace, optIn } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { review } from '../support/webhook/review.ts';
import { clientWith, ownRules, rulesWithoutWatchingNamespaces, rulesWithVolumes } from '../support/webhook/rights.ts';
import { startWebhookProcess, type WebhookProcess } from '../support/webhook/webhook-process.ts';

const name = 'data-sharing-pvc';
const config = { storage: { static: { volumeHandle: 'fs-0123456789abcdef0', shared: true } } };
const { storage } = parseConfig(JSON.stringify(config));

let controlPlane: ControlPlane;
let core: CoreV1Api;
let rights: KubeConfig;
let webhook: WebhookProcess;
/** Its informer of namespaces never has a list: what it says of a namespace comes from asking for that one. */
let unwatching: WebhookProcess;
before(async () => {
  controlPlane = await startControlPlane();
  core = controlPlane.config.makeApiClient(CoreV1Api);
  rights = await clientWith(controlPlane, 'dvc-injector', { cluster: rulesWithVolumes, own: ownRules });
  const poor = await clientWith(controlPlane, 'unwatching', { cluster: rulesWithoutWatchingNamespaces, own: ownRules });
  webhook = await startWebhookProcess({ kubeConfig: rights, config });
  unwatching = await startWebhookProcess({ kubeConfig: poor, config });
  await webhook.ready();
});
after(async () => {
  await webhook?.kill();
  await unwatching?.kill();
  await controlPlane?.stop();
});

/** What there is of a namespace's claim and volume. */
async function made(namespace: string): Promise<string[]> {
  const claims = await core.listNamespacedPersistentVolumeClaim({ namespace });
  const volumes = await core.listPersistentVolume();
  const wanted = staticVolume(namespace, storage)?.name;
  return [...claims.items, ...volumes.items.filter(({ metadata }) => metadata?.name === wanted)].map(
    ({ metadata }) => metadata?.name ?? '',
  );
}

test('a forged review for a namespace that never opted in makes no claim and no volume, and says how to opt in', async () => {
  const namespace = await makeNamespace(controlPlane.config, false);
  const { allowed, status } = await review(webhook, namespace);
  assert.deepEqual(await made(namespace), []);
  assert.equal(allowed, false);
  assert.deepEqual(status, {
    code: 403,
    reason: 'Forbidden',
    message: `dvc-injector: namespace ${namespace} is not opted in, so no claim is made there; whoever may label it can opt it in: kubectl label namespace ${namespace} dvc.io/dataset-injection=enabled`,
  });
});

test('nor does one for a namespace whose label has another value', async () => {
  const namespace = await makeNamespace(controlPlane.config, false);
  await optIn(controlPlane.config, namespace, 'disabled');
  assert.equal((await review(webhook, namespace)).status?.code, 403);
  assert.equal((await review(unwatching, namespace)).status?.code, 403);
  assert.deepEqual(await made(namespace), []);
});

test('a namespace that does not exist, and a name that leads elsewhere in the API, are denied', async () => {
  for (const namespace of ['nowhere', '..', '.', '../pods', 'a/b', 'default?x=', 'UPPER', '', 'x'.repeat(300)]) {
    const { allowed, status } = await review(webhook, namespace);
    assert.deepEqual([allowed, status?.code], [false, 403], namespace);
    assert.match(status?.message ?? '', /^dvc-injector: there is no namespace /);
    assert.ok((status?.message.length ?? 0) < 300);
  }
});

test('a namespace that was opted in a moment ago is served: where the informer is behind, the namespace itself decides', async () => {
  const namespace = await makeNamespace(controlPlane.config, false);
  assert.equal((await review(unwatching, namespace)).allowed, false);
  await optIn(controlPlane.config, namespace);
  assert.equal((await review(unwatching, namespace)).allowed, true);
  assert.equal((await review(webhook, namespace)).allowed, true);
});

test('a flood of forged reviews is refused without a call for each, and an opted-in namespace beside it is served', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  await eventually('the claim', () => core.readNamespacedPersistentVolumeClaim({ namespace, name }));
  const forged = Array.from({ length: 200 }, (_, index) => review(webhook, `invented-${index}`));
  const served = review(webhook, namespace);
  assert.equal((await served).allowed, true);
  const codes = (await Promise.all(forged)).map(({ status }) => status?.code);
  assert.deepEqual(
    [...new Set(codes)].sort().filter((code) => code !== 503),
    [403],
  );
});

test('without the first list of namespaces the webhook is not ready', async () => {
  await eventually('the claims are listed', async () => !(await unwatching.readyz()).body.includes('claims'));
  const { status, body } = await unwatching.readyz();
  assert.deepEqual([status, body], [503, 'namespaces: the first list of namespaces is not there yet\n']);
});
