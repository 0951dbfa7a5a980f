/** The webhook cut off from its API server: answers in time, in the words that controllers retry, and recovers by itself. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { BatchV1Api, type CoreV1Api } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { optInLabel } from '../../src/config/opt-in.ts';
import { makeNamespace, podNaming, reference, reviewOf } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { frontOf, type TcpFront } from '../support/servers/tcp-front.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';
import { ask, post } from '../support/webhook/https.ts';
import { startWebhookProcess, type WebhookProcess } from '../support/webhook/webhook-process.ts';

const name = 'data-sharing-pvc';
let api: ApiTest;
let core: CoreV1Api;
let webhook: WebhookProcess;
let front: TcpFront;
before(async () => {
  api = await startApiTest();
  core = api.core;
  const between = await frontOf(api.rights);
  front = between.front;
  webhook = await api.serve({ kubeConfig: between.config });
});
after(async () => {
  await front?.stop();
  await api?.[Symbol.asyncDispose]();
});

/** A namespace without a claim whose pods reach the webhook nevertheless: opted in while the webhook hears nothing. */
async function namespaceWithoutClaim(): Promise<string> {
  return makeNamespace(api.controlPlane.config);
}

afterEach(() => front.become('passing'));

for (const [mode, words] of [
  ['refusing', 'unreachable'],
  ['stalled', 'silent'],
] as const) {
  test(`an API server that is ${words} to the webhook: kubectl shows a 503 in time, and then the pod is let in`, async () => {
    front.become(mode);
    const namespace = await namespaceWithoutClaim();
    const create = () =>
      api.controlPlane.kubectl(['-n', namespace, 'create', '-f', '-'], {
        input: stringify(podNaming(reference, { name: 'train' })),
      });
    // In time is what the API server itself thinks: after timeoutSeconds it would say "context deadline exceeded".
    const { stderr } = await create();
    assert.match(
      stderr,
      new RegExp(
        `^Error from server \\(ServiceUnavailable\\): .*denied the request: dvc-injector: namespace ${namespace} can't be looked up at the API server`,
      ),
    );
    assert.ok((await webhook.metric('dvc_injector_claim_denials_total{reason="api-unavailable"}')) > 0);
    front.become('passing');
    if (mode === 'stalled') front.cut();
    await eventually('the pod is let in', async () => (await create()).exitCode === 0);
  });
}

test('a Job that is refused by the outage gets its pod when it is over, without anybody touching it', async () => {
  front.become('refusing');
  const namespace = await namespaceWithoutClaim();
  const { spec } = podNaming(null);
  const template = {
    metadata: { annotations: { 'dvc.io/dataset': reference } },
    spec: { ...spec, restartPolicy: 'Never' },
  };
  const batch = api.controlPlane.config.makeApiClient(BatchV1Api);
  await batch.createNamespacedJob({
    namespace,
    body: { metadata: { name: 'train' }, spec: { template } },
  } as Parameters<typeof batch.createNamespacedJob>[0]);
  await eventually('an event of the refusal', async () => {
    const { items } = await core.listNamespacedEvent({ namespace });
    return items.some(({ message }) => message?.includes("can't be looked up at the API server"));
  });
  front.become('passing');
  const pod = await eventually(
    'the pod of the Job',
    async () => (await core.listNamespacedPod({ namespace })).items[0],
  );
  assert.deepEqual(
    pod.spec?.initContainers?.map((container) => container.name),
    ['dvc-fetch'],
  );
});

test('a claim that is known stays known while the webhook is cut off', async () => {
  const namespace = await makeNamespace(api.controlPlane.config);
  await eventually('the claim', () => core.readNamespacedPersistentVolumeClaim({ namespace, name }));
  const between = await frontOf(api.rights);
  // Ready is whoever has listed the claims, so this one knows it.
  await using other = await startWebhookProcess({ kubeConfig: between.config });
  await other.ready();
  between.front.become('refusing');
  const review = JSON.stringify(reviewOf(podNaming(reference), { namespace }));
  const { response } = JSON.parse((await post(`${other.url}/mutate`, other.ca, review)).body);
  assert.equal(response.allowed, true);
  await between.front.stop();
});

test('after its connections were cut the webhook sees new namespaces, and claims that vanished meanwhile', async () => {
  const known = await makeNamespace(api.controlPlane.config);
  const first = await eventually('the claim', () =>
    core.readNamespacedPersistentVolumeClaim({ namespace: known, name }),
  );
  front.become('refusing');
  const fresh = await makeNamespace(api.controlPlane.config, false);
  await core.patchNamespace({
    name: fresh,
    body: [{ op: 'add', path: '/metadata/labels', value: { [optInLabel.key]: optInLabel.value } }],
  });
  await core.deleteNamespacedPersistentVolumeClaim({ namespace: known, name });
  front.become('passing');
  await eventually('the claim of the new namespace', () =>
    core.readNamespacedPersistentVolumeClaim({ namespace: fresh, name }),
  );
  await eventually('the claim that vanished is made again', async () => {
    const claim = await core.readNamespacedPersistentVolumeClaim({ namespace: known, name });
    return claim.metadata?.uid !== first.metadata?.uid;
  });
  assert.equal((await ask(`${webhook.url}/readyz`, webhook.ca)).status, 200);
});

test('a webhook that starts before its API server lives, is not ready, and becomes ready', async () => {
  const between = await frontOf(api.rights);
  between.front.become('refusing');
  await using early = await startWebhookProcess({ kubeConfig: between.config });
  assert.equal((await ask(`${early.url}/healthz`, early.ca)).status, 200);
  const readyz = await ask(`${early.url}/readyz`, early.ca);
  assert.equal(readyz.status, 503);
  assert.match(readyz.body, /^claims: /);
  between.front.become('passing');
  await early.ready();
  await between.front.stop();
});

test('SIGTERM in the middle of a review: it is answered, and the exit code is 0', async () => {
  const between = await frontOf(api.rights);
  const leaving = await startWebhookProcess({ kubeConfig: between.config, drain: '1s' });
  await leaving.ready();
  between.front.become('stalled');
  const namespace = await makeNamespace(api.controlPlane.config);
  const answer = post(
    `${leaving.url}/mutate`,
    leaving.ca,
    JSON.stringify(reviewOf(podNaming(reference), { namespace })),
  );
  // The answer to a request sent later, and the drain, make sure that the review has come in.
  await ask(`${leaving.url}/healthz`, leaving.ca);
  const exit = leaving.stop();
  const { response } = JSON.parse((await answer).body);
  assert.deepEqual([response.allowed, response.status.code], [false, 503]);
  assert.equal(await exit, 0);
  await between.front.stop();
});

test('while it drains, readyz is 503, reviews are answered, and each answer ends its connection', async () => {
  const leaving = await startWebhookProcess({ kubeConfig: api.rights, drain: '6s' });
  await leaving.ready();
  const exit = leaving.stop();
  await eventually(
    'it is not ready any more',
    async () => (await ask(`${leaving.url}/readyz`, leaving.ca)).status === 503,
  );
  const answer = await post(`${leaving.url}/mutate`, leaving.ca, JSON.stringify(reviewOf(podNaming(null))));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.connection, 'close');
  assert.equal(await exit, 0);
});
