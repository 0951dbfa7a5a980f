/** The whole way of a pod: a real API server calls the real webhook, as its registration tells it to. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppsV1Api, BatchV1Api, type CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import jsonPatch from 'fast-json-patch';
import { stringify } from 'yaml';
import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { makeNamespace, podNaming, reference, reviewOf } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';
import { post } from '../support/webhook/https.ts';
import type { WebhookProcess } from '../support/webhook/webhook-process.ts';

let api: ApiTest;
let controlPlane: ControlPlane;
let webhook: WebhookProcess;
let core: CoreV1Api;
before(async () => {
  api = await startApiTest();
  ({ controlPlane, core } = api);
  webhook = await api.serve();
});
after(() => api?.[Symbol.asyncDispose]());

const create = (namespace: string, body: V1Pod) => core.createNamespacedPod({ namespace, body });
const fetchers = (pod: V1Pod) => (pod.spec?.initContainers ?? []).map(({ name }) => name);
const claimsOf = async (namespace: string) =>
  (await core.listNamespacedPersistentVolumeClaim({ namespace })).items.map(({ metadata }) => metadata?.name);

test('an annotated pod in an opted-in namespace is created injected, and its claim exists', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  const pod = await create(namespace, podNaming(reference, { name: 'train' }));
  assert.deepEqual(fetchers(pod), ['dvc-fetch']);
  const [main] = pod.spec?.containers ?? [];
  const mount = main?.volumeMounts?.find(({ mountPath }) => mountPath === '/mnt');
  assert.equal(mount?.readOnly, true);
  assert.equal(mount?.subPath, `datasets/${pod.metadata?.labels?.['dvc.io/dataset-key']}`);
  const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name: 'data-sharing-pvc' });
  assert.equal(claim.metadata?.labels?.['app.kubernetes.io/managed-by'], 'dvc-injector');
  assert.equal(claim.spec?.storageClassName, '');
  assert.deepEqual(claim.spec?.accessModes, ['ReadWriteMany']);
});

test('no claim belongs to a pod: it stays when the pod that caused it is deleted', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  await create(namespace, podNaming(reference, { name: 'train' }));
  await core.deleteNamespacedPod({ namespace, name: 'train', gracePeriodSeconds: 0 });
  const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name: 'data-sharing-pvc' });
  assert.equal(claim.metadata?.ownerReferences, undefined);
  assert.equal(claim.metadata?.deletionTimestamp, undefined);
});

test('20 pods created at once in a new namespace make one claim', async () => {
  const before = await webhook.metric('dvc_injector_claims_created_total');
  const namespace = await makeNamespace(controlPlane.config);
  const pods = await Promise.all(Array.from({ length: 20 }, () => create(namespace, podNaming(reference))));
  assert.ok(pods.every((pod) => fetchers(pod).length === 1));
  assert.deepEqual(await claimsOf(namespace), ['data-sharing-pvc']);
  assert.equal((await webhook.metric('dvc_injector_claims_created_total')) - before, 1);
});

test('pods that are none of our business never reach the webhook', async () => {
  const optedIn = await makeNamespace(controlPlane.config);
  const other = await makeNamespace(controlPlane.config, false);
  const before = await webhook.reviews();
  const untouched: [string, V1Pod][] = [
    [optedIn, podNaming(null, { name: 'without-annotations' })],
    [optedIn, podNaming(null, { name: 'other-annotation', annotations: { 'dvc.io/dataset-status': 'injected' } })],
    [other, podNaming(reference, { name: 'namespace-not-opted-in' })],
    ['kube-system', podNaming(reference, { name: 'system' })],
  ];
  for (const [namespace, pod] of untouched) assert.deepEqual(fetchers(await create(namespace, pod)), []);
  const mirror = podNaming(reference, { name: 'mirror', annotations: { 'kubernetes.io/config.mirror': 'x' } });
  Object.assign(mirror.spec ?? {}, { nodeName: 'node-1' });
  assert.deepEqual(fetchers(await create(optedIn, mirror)), []);
  assert.equal((await webhook.reviews()) - before, 0);
});

test("kube-system and the webhook's own namespace are left alone even if somebody opts them in", async () => {
  const before = await webhook.reviews();
  for (const namespace of ['kube-system', 'dvc-injector']) {
    const label = (change: string) => controlPlane.kubectl(['label', 'namespace', namespace, change], { check: true });
    await label('dvc.io/dataset-injection=enabled');
    try {
      const pod = podNaming(reference, { name: 'opted-in' });
      const made = await eventually('the pod', () => create(namespace, pod));
      assert.deepEqual(fetchers(made), []);
      assert.deepEqual(await claimsOf(namespace), []);
    } finally {
      await label('dvc.io/dataset-injection-');
    }
  }
  assert.equal(await webhook.reviews(), before);
});

test('a namespace whose quota counts requests and limits takes an injected pod', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  const hard = { 'requests.cpu': '4', 'limits.cpu': '4', 'requests.memory': '8Gi', 'limits.memory': '8Gi' };
  await core.createNamespacedResourceQuota({ namespace, body: { metadata: { name: 'all' }, spec: { hard } } });
  await eventually('the quota counts', async () => {
    const quota = await core.readNamespacedResourceQuota({ namespace, name: 'all' });
    return quota.status?.used !== undefined;
  });
  const pod = podNaming(reference, { name: 'train' });
  const sizes = { cpu: '2', memory: '2Gi' };
  Object.assign(pod.spec?.containers[0] ?? {}, { resources: { requests: sizes, limits: sizes } });
  const made = await create(namespace, pod);
  assert.deepEqual(fetchers(made), ['dvc-fetch']);
  assert.equal(made.status?.qosClass, 'Guaranteed');
});

test('a LimitRange that the init container breaks is named to whoever creates the pod, and its annotation mends it', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  const limits = [{ type: 'Container', max: { memory: '512Mi' }, min: { memory: '16Mi' } }];
  await core.createNamespacedLimitRange({ namespace, body: { metadata: { name: 'small' }, spec: { limits } } });
  const pod = podNaming(reference, { name: 'train' });
  const refused = await controlPlane.kubectl(['-n', namespace, 'create', '-f', '-'], { input: JSON.stringify(pod) });
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /maximum memory usage per Container is 512Mi, but limit is \d+(Mi|Gi)?/);
  const smaller = podNaming(reference, { name: 'train', annotations: { 'dvc.io/memory': '512Mi' } });
  assert.deepEqual(fetchers(await create(namespace, smaller)), ['dvc-fetch']);
});

test('kubectl apply --dry-run=server shows the same pod and creates nothing', async () => {
  const optedIn = await makeNamespace(controlPlane.config);
  const manifest = stringify(podNaming(reference, { name: 'train', namespace: optedIn }));
  const apply = (flags: string[]) =>
    controlPlane.kubectl(['apply', '-o', 'json', '-f', '-', ...flags], { input: manifest, check: true });
  const shown = JSON.parse((await apply(['--dry-run=server'])).stdout) as V1Pod;
  assert.deepEqual((await core.listNamespacedPod({ namespace: optedIn })).items, []);
  const made = JSON.parse((await apply([])).stdout) as V1Pod;
  assert.deepEqual(specOf(shown), specOf(made));
});

/** The spec without the volume and mount whose name the API server makes up for each pod. */
function specOf(pod: V1Pod): string {
  return JSON.stringify(pod.spec).replaceAll(/kube-api-access-[a-z0-9]+/g, 'kube-api-access');
}

test('pods of a Deployment, which have only a generateName, are injected', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  const labels = { app: 'train' };
  const { spec } = podNaming(reference);
  const template = { metadata: { labels, annotations: { 'dvc.io/dataset': reference } }, spec: spec ?? null };
  const apps = controlPlane.config.makeApiClient(AppsV1Api);
  await apps.createNamespacedDeployment({
    namespace,
    body: { metadata: { name: 'train' }, spec: { replicas: 3, selector: { matchLabels: labels }, template } },
  } as Parameters<typeof apps.createNamespacedDeployment>[0]);
  const pods = await eventually('three pods', async () => {
    const { items } = await core.listNamespacedPod({ namespace });
    return items.length === 3 && items;
  });
  for (const pod of pods) assert.deepEqual(fetchers(pod), ['dvc-fetch']);
  assert.ok(webhook.log.some((entry) => /^train-[a-z0-9]+-$/.test(String(entry.pod)) && entry.namespace === namespace));
});

test('an annotation beside the template changes no pod, and the webhook is not called', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  const before = await webhook.reviews();
  const batch = controlPlane.config.makeApiClient(BatchV1Api);
  const { spec } = podNaming(null);
  const template = { spec: { ...spec, restartPolicy: 'Never' } };
  await batch.createNamespacedJob({
    namespace,
    body: { metadata: { name: 'train', annotations: { 'dvc.io/dataset': reference } }, spec: { template } },
  } as Parameters<typeof batch.createNamespacedJob>[0]);
  const pod = await eventually(
    'the pod of the job',
    async () => (await core.listNamespacedPod({ namespace })).items[0],
  );
  assert.deepEqual(fetchers(pod), []);
  assert.equal(await webhook.reviews(), before);
});

test('updates, the status and ephemeral containers of an injected pod are not looked at', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  await create(namespace, podNaming(reference, { name: 'train' }));
  const before = await webhook.reviews();
  await controlPlane.kubectl(['-n', namespace, 'label', 'pod', 'train', 'stage=two'], { check: true });
  const condition = { type: 'example.com/Seen', status: 'True' };
  await controlPlane.kubectl(
    [
      '-n',
      namespace,
      'patch',
      'pod',
      'train',
      '--subresource=status',
      '-p',
      JSON.stringify({ status: { conditions: [condition] } }),
    ],
    { check: true },
  );
  await controlPlane.kubectl(
    ['-n', namespace, 'debug', 'train', '--image=registry.example.com/tools', '--target=main', '--profile=general'],
    { check: true },
  );
  assert.equal(await webhook.reviews(), before);
});

test('fields that this code has never heard of stay as they are', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  const pod = {
    ...podNaming(reference),
    invented: { deep: [1, { a: null }] },
    spec: {
      containers: [{ name: 'main', image: 'x', inventedPolicy: { from: 2031 }, volumeMounts: [] }],
      initContainers: [{ name: 'proxy', image: 'x', restartPolicy: 'Always', future: true }],
      schedulingGates: [{ name: 'example.com/wait', extra: 1 }],
      futureField: '1.40',
    },
  };
  const answer = await post(`${webhook.url}/mutate`, webhook.ca, JSON.stringify(reviewOf(pod, { namespace })));
  const { response } = JSON.parse(answer.body);
  assert.equal(response.allowed, true);
  const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString());
  const patched = jsonPatch.applyPatch(structuredClone(pod) as object, patch).newDocument as unknown as typeof pod;
  assert.deepEqual(patched.invented, pod.invented);
  assert.equal(patched.spec.futureField, '1.40');
  assert.deepEqual(patched.spec.schedulingGates, pod.spec.schedulingGates);
  assert.deepEqual(patched.spec.containers[0]?.inventedPolicy, { from: 2031 });
  assert.deepEqual(
    patched.spec.initContainers.find(({ name }) => name === 'proxy'),
    pod.spec.initContainers[0],
  );
});

test('the log has one line per review, and nothing of what the pod holds', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  const pod = podNaming(reference, { name: 'secretive', annotations: { 'example.com/token': 'hunter2' } });
  pod.spec?.containers[0] && Object.assign(pod.spec.containers[0], { env: [{ name: 'PASSWORD', value: 'hunter3' }] });
  await create(namespace, pod);
  const lines = await eventually('the line in the log', async () => {
    const found = webhook.log.filter((entry) => entry.namespace === namespace && entry.msg === 'decided');
    return found.length > 0 && found;
  });
  const [line] = lines;
  assert.equal(lines.length, 1);
  assert.deepEqual(Object.keys(line ?? {}).sort(), [
    'app',
    'decision',
    'dryRun',
    'level',
    'ms',
    'msg',
    'namespace',
    'pod',
    'reason',
    'time',
    'uid',
  ]);
  assert.deepEqual([line?.pod, line?.decision, line?.reason, line?.dryRun], ['secretive', 'inject', 'injected', false]);
  assert.doesNotMatch(JSON.stringify(webhook.log), /hunter/);
});

test('an injected pod, created again from what the API server stores, is left as it is', async () => {
  const namespace = await makeNamespace(controlPlane.config);
  const first = await create(namespace, podNaming(reference, { name: 'first' }));
  const copy: V1Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: first.spec ?? { containers: [] },
    metadata: { name: 'second' },
  };
  Object.assign(copy.metadata ?? {}, { annotations: first.metadata?.annotations, labels: first.metadata?.labels });
  const second = await create(namespace, copy);
  assert.equal(specOf(second), specOf(first));
  const other = structuredClone(copy);
  Object.assign(other.metadata ?? {}, {
    name: 'third',
    annotations: { 'dvc.io/dataset': reference.replace(':train', ':test') },
  });
  await assert.rejects(create(namespace, other), (error: { code: number; body: string }) => {
    assert.equal(error.code, 409);
    assert.match(error.body, /was injected for/);
    return true;
  });
});
