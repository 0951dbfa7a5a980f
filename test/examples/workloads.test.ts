/** The other examples: what `inject` makes of them, and what the real API server stores of the pods that come of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { V1Deployment, V1Job, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { defaultDirectories } from '../../src/dataset/directories.ts';
import { datasetKey } from '../../src/dataset/key.ts';
import { defaultRules, parseReference } from '../../src/dataset/reference.ts';
import { type InjectedSummary, injectedSummary } from '../support/admission/injected.ts';
import { makeNamespace } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { injectOffline } from '../support/inject/offline.ts';
import { argoPod, workflowSteps } from '../support/pipelines/argo-pod.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';

const images = 'https://git.example.com/ml/images@0123456789abcdef0123456789abcdef01234567';
const later = 'https://git.example.com/ml/images@89abcdef0123456789abcdef0123456789abcdef';
const example = (name: string) => readFileSync(join(import.meta.dirname, '../../examples', `${name}.yaml`), 'utf8');

const keyOf = (reference: string) => datasetKey(parseReference(reference, defaultRules), defaultDirectories);

const sweep: InjectedSummary = {
  initContainers: ['dvc-fetch'],
  datasets: { train: [`/mnt datasets/${keyOf(`${images}:train-6.4k`)} read-only`] },
  variables: {
    train: {
      DVC_DATASET: `${images}:train-6.4k`,
      DVC_DATASET_PATH: '/mnt/data',
      DVC_DATASET_SPLIT_FILE: '/mnt/split.txt',
    },
  },
  claims: ['data-sharing-pvc'],
  gitSecrets: ['images-git'],
  remoteSecrets: ['images-bucket'],
};

const compare: InjectedSummary = {
  initContainers: ['dvc-fetch-after', 'dvc-fetch-before'],
  datasets: {
    'log-shipper': [],
    viewer: [
      `/datasets/after datasets/${keyOf(`${later}:val`)} read-only`,
      `/datasets/before datasets/${keyOf(`${images}:val`)} read-only`,
    ],
  },
  variables: {
    'log-shipper': {},
    viewer: {
      DVC_DATASET_AFTER: `${later}:val`,
      DVC_DATASET_AFTER_PATH: '/datasets/after/data',
      DVC_DATASET_AFTER_SPLIT_FILE: '/datasets/after/split.txt',
      DVC_DATASET_BEFORE: `${images}:val`,
      DVC_DATASET_BEFORE_PATH: '/datasets/before/data',
      DVC_DATASET_BEFORE_SPLIT_FILE: '/datasets/before/split.txt',
    },
  },
  claims: ['data-sharing-pvc'],
  gitSecrets: ['dvc-git-credentials', 'dvc-git-credentials'],
  remoteSecrets: ['dvc-remote-credentials', 'dvc-remote-credentials'],
};

let api: ApiTest;
let namespace: string;

before(async () => {
  api = await startApiTest();
  await api.serve();
  namespace = await makeNamespace(api.controlPlane.config);
});
after(() => api?.[Symbol.asyncDispose]());

const template = (manifest: unknown) => (manifest as V1Job | V1Deployment).spec?.template as V1PodTemplateSpec;
const apply = (text: string) =>
  api.controlPlane.kubectl(['apply', '-n', namespace, '-f', '-'], { input: text, check: true });
const podsOf = (label: string) =>
  eventually(`a pod of ${label}`, async () => {
    const { items } = await api.core.listNamespacedPod({ namespace, labelSelector: label });
    return items.length > 0 && items;
  });

for (const [name, promised] of [['job', sweep] as const, ['deployment', compare] as const]) {
  test(`${name}.yaml is injected offline as promised, and a second pass changes nothing`, async () => {
    const { text, manifest, stderr } = await injectOffline(example(name), namespace);
    assert.equal(stderr, '');
    assert.deepEqual(injectedSummary(template(manifest)), promised);
    assert.equal((await injectOffline(text, namespace)).text, text);
  });
}

test('the pods that the Job controller makes of job.yaml are injected by the webhook as offline', async () => {
  await apply(example('job'));
  const pods = await podsOf('job-name=sweep');
  for (const pod of pods) assert.deepEqual(injectedSummary(pod), sweep);
});

test('the pods of an injected deployment.yaml are left as they are', async () => {
  const { text } = await injectOffline(example('deployment'), namespace);
  await apply(text);
  for (const pod of await podsOf('app=compare')) assert.deepEqual(injectedSummary(pod), compare);
});

test("a Workflow is left to the webhook, and inject says so, as Argo's pods are not in it", async () => {
  const { text, stderr } = await injectOffline(example('argo-workflow'), namespace);
  assert.equal(text.trimEnd(), example('argo-workflow').trimEnd());
  assert.match(
    stderr,
    /Workflow\/train-\*: left to the webhook, as parameters are filled in later: spec\.templates\[1\]\.metadata\.annotations/,
  );
});

for (const [step, split] of [
  ['train', 'train-6.4k'],
  ['evaluate', 'val'],
] as const) {
  test(`the pod that Argo makes of the step ${step} is created with its dataset in main alone`, async () => {
    const found = workflowSteps(parse(example('argo-workflow')))[step];
    assert.ok(found);
    const pod = await argoPod(found, api.controlPlane.kubectl);
    const made = await api.core.createNamespacedPod({ namespace, body: pod });
    const summary = injectedSummary(made);
    assert.deepEqual(summary.initContainers, ['dvc-fetch', 'init']);
    assert.deepEqual(summary.datasets.wait, []);
    assert.equal(summary.datasets.main?.length, 1);
    assert.deepEqual(summary.variables.main, {
      DVC_DATASET: `${images}:${split}`,
      DVC_DATASET_PATH: '/mnt/data',
      DVC_DATASET_SPLIT_FILE: '/mnt/split.txt',
    });
    assert.deepEqual(summary.remoteSecrets, ['images-bucket']);
    const { manifest } = await injectOffline(pod, namespace);
    assert.deepEqual(injectedSummary(manifest as V1Pod), summary);
  });
}
