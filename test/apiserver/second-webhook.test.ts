/** Beside another mutating webhook, as in real clusters: whatever it does to the pod before or after us, we act once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AdmissionregistrationV1Api, type V1Pod } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';
import { eventually } from '../cluster/eventually.ts';
import { type ApiTest, startApiTest } from '../support/api-test.ts';
import { makeNamespace, podNaming, reference } from '../support/objects.ts';
import { startOtherWebhook } from '../support/other-webhook.ts';
import { registeredWebhook } from '../support/registration.ts';
import type { WebhookProcess } from '../support/webhook-process.ts';

let api: ApiTest;
let webhook: WebhookProcess;
before(async () => {
  api = await startApiTest();
  webhook = await api.serve();
});
after(() => api?.[Symbol.asyncDispose]());

/** Prepends an init container, once, and edits ours, once. */
function meddle(pod: V1Pod): Operation[] {
  const inits = pod.spec?.initContainers ?? [];
  const fetcher = inits.findIndex(({ name }) => name === 'dvc-fetch');
  const operations: Operation[] = [];
  if (fetcher >= 0 && !inits[fetcher]?.env?.some(({ name }) => name === 'MESH')) {
    operations.push({ op: 'add', path: `/spec/initContainers/${fetcher}/env/0`, value: { name: 'MESH', value: 'on' } });
  }
  if (!inits.some(({ name }) => name === 'mesh-init')) {
    const value = { name: 'mesh-init', image: 'registry.example.com/mesh:1' };
    operations.push(
      inits.length > 0
        ? { op: 'add', path: '/spec/initContainers/0', value }
        : { op: 'add', path: '/spec/initContainers', value: [value] },
    );
  }
  return operations;
}

// The API server calls webhooks in the order of their configurations' names, ours being dvc-injector.
for (const [name, order] of [
  ['a-mesh', 'before'],
  ['z-mesh', 'after'],
] as const) {
  test(`a webhook that runs ${order} us prepends an init container and edits ours: the pod is injected once`, async () => {
    await using mesh = await startOtherWebhook(meddle);
    const registrations = api.controlPlane.config.makeApiClient(AdmissionregistrationV1Api);
    const clientConfig = { url: mesh.url, caBundle: Buffer.from(mesh.ca).toString('base64') };
    await registrations.createMutatingWebhookConfiguration({
      body: { metadata: { name }, webhooks: [{ ...registeredWebhook(clientConfig), name: 'inject.mesh.example.com' }] },
    });
    try {
      const namespace = await makeNamespace(api.controlPlane.config);
      const create = (dryRun?: string) =>
        api.core.createNamespacedPod({ namespace, body: podNaming(reference), ...(dryRun ? { dryRun } : {}) });
      await eventually('the API server calls the other webhook', async () => {
        const { spec } = await create('All');
        return spec?.initContainers?.some((container) => container.name === 'mesh-init');
      });
      const [ours, theirs] = [await webhook.reviews(), mesh.calls];
      const pod = await create();
      const inits = pod.spec?.initContainers ?? [];
      assert.deepEqual(inits.map((container) => container.name).sort(), ['dvc-fetch', 'mesh-init']);
      const fetcher = inits.find((container) => container.name === 'dvc-fetch');
      assert.ok(
        fetcher?.env?.some((variable) => variable.name === 'MESH'),
        'the edit of our container stays',
      );
      assert.equal(fetcher?.volumeMounts?.filter(({ mountPath }) => mountPath === '/mnt').length, 1);
      const names = pod.spec?.volumes?.map((volume) => volume.name) ?? [];
      assert.deepEqual(names, [...new Set(names)]);
      const mounts = pod.spec?.containers[0]?.volumeMounts?.filter(({ mountPath }) => mountPath === '/mnt');
      assert.equal(mounts?.length, 1);
      // Whoever ran first is called again, as the other changed the pod after it: that is what IfNeeded means.
      assert.equal((await webhook.reviews()) - ours + mesh.calls - theirs >= 3, true);
    } finally {
      await registrations.deleteMutatingWebhookConfiguration({ name });
    }
  });
}
