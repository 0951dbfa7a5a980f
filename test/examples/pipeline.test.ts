/**
 * The Kubeflow Pipelines example, compiled by the real SDK. Its pods are built from the compiled file as Kubeflow's and
 * Argo's controllers do (see kfp-template.ts and argo-pod.ts); webhook and API server are real again.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { V1Pod } from '@kubernetes/client-node';
import { injectedSummary } from '../support/admission/injected.ts';
import { makeNamespace } from '../support/cluster/objects.ts';
import { injectOffline } from '../support/inject/offline.ts';
import { argoPod } from '../support/pipelines/argo-pod.ts';
import { compilePipeline, keptPipeline, type PipelineStep, pipelineSteps } from '../support/pipelines/kfp.ts';
import { kfpTemplate } from '../support/pipelines/kfp-template.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';
import type { WebhookProcess } from '../support/webhook/webhook-process.ts';

const images = 'https://git.example.com/ml/images@0123456789abcdef0123456789abcdef01234567';
let api: ApiTest;
let webhook: WebhookProcess;
let compiled: string;
let namespace: string;

before(async () => {
  compiled = await compilePipeline();
  api = await startApiTest();
  webhook = await api.serve();
  namespace = await makeNamespace(api.controlPlane.config);
});
after(() => api?.[Symbol.asyncDispose]());

function stepOf(name: string): PipelineStep {
  const step = pipelineSteps(compiled)[name];
  assert.ok(step, `the pipeline has no step ${name}`);
  return step;
}
const podOf = (name: string) => argoPod(kfpTemplate(stepOf(name)), api.controlPlane.kubectl);
const create = (body: V1Pod) => api.core.createNamespacedPod({ namespace, body });

test('the compiled pipeline beside the example is what the locked SDK makes of it', () => {
  assert.equal(compiled, keptPipeline());
});

test('the SDK puts the annotations where Kubeflow reads those of a pod', () => {
  assert.deepEqual(stepOf('train').annotations, { 'dvc.io/dataset': `${images}:train-6.4k` });
  assert.deepEqual(stepOf('evaluate').annotations, {
    'dvc.io/dataset.test': `${images}:test`,
    'dvc.io/dataset.val': `${images}:val`,
    'dvc.io/remote-secret': 'images-bucket',
  });
});

test('each step has its references among its arguments too, by which Kubeflow tells whether a result can be used again', () => {
  for (const name of ['train', 'evaluate']) {
    const references = Object.entries(stepOf(name).annotations).filter(([key]) => key.startsWith('dvc.io/dataset'));
    for (const [, reference] of references) assert.ok(compiled.includes(`constant: ${reference}\n`), reference);
  }
});

test("the training step's pod is created with its dataset in main, read-only, and fetched before Argo's and Kubeflow's own init containers", async () => {
  const pod = await create(await podOf('train'));
  const key = pod.metadata?.labels?.['dvc.io/dataset-key'] ?? '';
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.deepEqual(injectedSummary(pod), {
    initContainers: ['dvc-fetch', 'init', 'kfp-launcher'],
    datasets: { wait: [], main: [`/mnt datasets/${key} read-only`] },
    variables: {
      wait: {},
      main: {
        DVC_DATASET: `${images}:train-6.4k`,
        DVC_DATASET_PATH: '/mnt/data',
        DVC_DATASET_SPLIT_FILE: '/mnt/split.txt',
      },
    },
    claims: ['data-sharing-pvc'],
    gitSecrets: ['dvc-git-credentials'],
    remoteSecrets: ['dvc-remote-credentials'],
  });
});

test('the GPU of the training step stays with main', async () => {
  const pod = await create(await podOf('train'));
  const limits = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map(
    ({ name, resources }) => [name, resources?.limits?.['nvidia.com/gpu']] as const,
  );
  assert.deepEqual(Object.fromEntries(limits), {
    'dvc-fetch': undefined,
    init: undefined,
    'kfp-launcher': undefined,
    wait: undefined,
    main: '1',
  });
});

test('what Kubeflow and Argo put into the pod is still there', async () => {
  const asked = await podOf('train');
  const made = await create(asked);
  const [before, after] = [asked, made].map((pod) => pod.spec?.containers.find(({ name }) => name === 'main'));
  assert.deepEqual(after?.command, before?.command);
  assert.deepEqual(after?.args, before?.args);
  assert.deepEqual(after?.command?.slice(0, 4), ['/var/run/argo/argoexec', 'emissary', '--', '/kfp-launcher/launch']);
  for (const mount of before?.volumeMounts ?? []) {
    assert.ok(after?.volumeMounts?.some(({ mountPath, name }) => mountPath === mount.mountPath && name === mount.name));
  }
  assert.equal(made.metadata?.annotations?.['pipelines.kubeflow.org/runtime-role'], 'launcher');
});

test('a step with two named datasets gets both, each with the Secret that the step names', async () => {
  const pod = await create(await podOf('evaluate'));
  const { initContainers, datasets, remoteSecrets } = injectedSummary(pod);
  assert.deepEqual(initContainers, ['dvc-fetch-test', 'dvc-fetch-val', 'init', 'kfp-launcher']);
  assert.deepEqual(
    datasets.main?.map((mount) => mount.replace(/[0-9a-f]{32}/, '…')),
    ['/mnt/test datasets/… read-only', '/mnt/val datasets/… read-only'],
  );
  assert.equal(new Set(datasets.main).size, 2);
  assert.deepEqual(remoteSecrets, ['images-bucket', 'images-bucket']);
});

for (const name of ['train', 'evaluate']) {
  test(`inject makes of the pod of ${name} what the webhook makes of it, and the webhook then leaves it alone`, async () => {
    const pod = await podOf(name);
    const { manifest } = await injectOffline(pod, namespace);
    const unchanged = 'dvc_injector_admission_decisions_total{decision="unchanged",reason="already-injected"}';
    const before = await webhook.metric(unchanged);
    const offline = await create(manifest as V1Pod);
    assert.equal(await webhook.metric(unchanged), before + 1);
    assert.deepEqual(injectedSummary(offline), injectedSummary(await create(pod)));
  });
}
