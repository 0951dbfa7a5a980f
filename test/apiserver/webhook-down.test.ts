/** When the webhook is gone: only pods that need it are refused. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';

let api: ApiTest;
before(async () => {
  api = await startApiTest();
});
after(() => api?.[Symbol.asyncDispose]());

test('with the webhook down an annotated pod is refused and every other pod is created', async () => {
  const webhook = await api.serve();
  const optedIn = await makeNamespace(api.controlPlane.config);
  const other = await makeNamespace(api.controlPlane.config, false);
  assert.equal(await webhook.stop(), 0);

  const manifest = stringify(podNaming(reference, { name: 'annotated' }));
  const { stderr, exitCode } = await api.controlPlane.kubectl(['-n', optedIn, 'create', '-f', '-'], {
    input: manifest,
  });
  assert.equal(exitCode, 1);
  assert.match(stderr, /failed calling webhook "inject\.dvc\.io"/);

  for (const [namespace, pod] of [
    [optedIn, podNaming(null, { name: 'plain' })],
    [other, podNaming(reference, { name: 'annotated-elsewhere' })],
    ['kube-system', podNaming(reference, { name: 'annotated-system' })],
  ] as const) {
    await api.core.createNamespacedPod({ namespace, body: pod });
  }
});
