/**
 * The manifests of docs/recipes.md: offline each is injected or judged, and the pods that come of them are created on a real API
 * server with their dataset. Where a kind's controller makes the pod, the test makes it as that does.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { V1Job, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { injectedSummary } from '../support/admission/injected.ts';
import { makeNamespace } from '../support/cluster/objects.ts';
import { blocks, readPage, section } from '../support/docs/pages.ts';
import { injectOffline } from '../support/inject/offline.ts';
import { annotationsIn } from '../support/recipes/recipe.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';

/** What a pod is made of. */
interface Template {
  metadata?: { annotations?: Record<string, string> } | undefined;
  spec?: V1PodSpec | undefined;
}

const page = readPage('docs/recipes.md');
const reference = 'https://git.example.com/ml/images@0123456789abcdef0123456789abcdef01234567:train';

let api: ApiTest;
let namespace: string;
before(async () => {
  api = await startApiTest();
  await api.serve();
  namespace = await makeNamespace(api.controlPlane.config);
});
after(() => api?.[Symbol.asyncDispose]());

/** The section's only block of this language. */
function blockOf(heading: string, language: string): string {
  const [text = '', ...more] = blocks(section(page, heading), language);
  assert.notEqual(text, '', heading);
  assert.deepEqual(more, [], heading);
  return text;
}

/** What the API server and the webhook make of the pod; a field that it doesn't know is an error. */
async function create({ metadata, spec }: Template): Promise<V1Pod> {
  const named = { generateName: 'recipe-', annotations: metadata?.annotations };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: named, spec };
  const args = ['create', '-n', namespace, '--dry-run=server', '--validate=strict', '-o', 'json', '-f', '-'];
  const { stdout, stderr } = await api.controlPlane.kubectl(args, { input: JSON.stringify(pod), check: true });
  // No volume is made here, so the claim waits.
  assert.deepEqual(
    stderr.split('\n').filter((line) => line !== '' && !line.includes(' is Pending ')),
    [],
  );
  return JSON.parse(stdout);
}

/** What `inject` prints, without a word of its own. */
async function offline(text: string): Promise<unknown> {
  const { manifest, stderr } = await injectOffline(text, namespace);
  assert.equal(stderr, '');
  return manifest;
}

/** `inject` finds the annotations, judges them and has nothing against them: the pods are not in the manifest. */
async function assertJudgedOffline(text: string): Promise<void> {
  const { manifest, stderr } = await injectOffline(text, namespace);
  assert.deepEqual(manifest, parse(text));
  assert.match(stderr, /^note: document 1, \w+\/\w+: right, and left to the webhook, /);
  assert.doesNotMatch(stderr, /^(warning|denied): /m);
}

/** The dataset is at /mnt in exactly these containers, and the fetch comes before any other init container. */
async function assertDataset(pod: Template, ...containers: string[]): Promise<void> {
  const { initContainers, datasets, variables } = injectedSummary(await create(pod));
  assert.equal(initContainers[0], 'dvc-fetch');
  const mounted = Object.entries(datasets)
    .map(([name, mounts]) => [name, mounts.filter((mount) => mount.startsWith('/mnt'))] as const)
    .filter(([, mounts]) => mounts.length > 0);
  assert.deepEqual(
    mounted.map(([name]) => name),
    containers,
  );
  for (const [name, mounts] of mounted) {
    assert.equal(mounts.length, 1);
    assert.match(mounts[0] ?? '', /^\/mnt datasets\/[0-9a-f]{32} read-only$/);
    assert.deepEqual(variables[name], {
      DVC_DATASET: reference,
      DVC_DATASET_PATH: '/mnt/data',
      DVC_DATASET_SPLIT_FILE: '/mnt/split.txt',
    });
  }
}

const container = (name: string, image = 'registry.example.com/train:1') => ({ name, image });

test('the Job is stored as it stands, and its pods have the dataset', async () => {
  const text = blockOf('Job', 'yaml');
  const args = ['create', '-n', namespace, '--dry-run=server', '--validate=strict', '-f', '-'];
  await api.controlPlane.kubectl(args, { input: text, check: true });
  const template = (parse(text) as V1Job).spec?.template ?? assert.fail();
  await assertDataset(template, 'train');
  const injected = ((await offline(text)) as V1Job).spec?.template ?? assert.fail();
  assert.deepEqual(injectedSummary(injected), injectedSummary(await create(template)));
});

interface TrainJob {
  spec: {
    trainer: { image: string; command: string[] };
    runtimePatches: {
      trainingRuntimeSpec: {
        template: {
          spec: { replicatedJobs: { name: string; template: { spec: { template: Template } } }[] };
        };
      };
    }[];
  };
}

test("the TrainJob's patch gives the runtime's pod the dataset", async () => {
  const text = blockOf('TrainJob', 'yaml');
  await assertJudgedOffline(text);
  const { trainer, runtimePatches } = (parse(text) as TrainJob).spec;
  const [patch, ...more] = runtimePatches.flatMap((each) => each.trainingRuntimeSpec.template.spec.replicatedJobs);
  assert.deepEqual(more, []);
  assert.equal(patch?.name, 'node');
  const { metadata } = patch?.template.spec.template ?? assert.fail();
  const { image, command } = trainer;
  await assertDataset({ metadata, spec: { containers: [{ name: 'node', image, command }] } }, 'node');
});

interface RayJob {
  spec: {
    rayClusterSpec: {
      headGroupSpec: { template: Template };
      workerGroupSpecs: { template: Template }[];
    };
  };
}

test("the RayJob's head and workers have the dataset, also where KubeRay adds containers", async () => {
  const text = blockOf('Ray', 'yaml');
  const { headGroupSpec, workerGroupSpecs } = (parse(text) as RayJob).spec.rayClusterSpec;
  const injected = ((await offline(text)) as RayJob).spec.rayClusterSpec;
  const templates = [injected.headGroupSpec, ...injected.workerGroupSpecs].map(({ template }) => template);
  assert.deepEqual(
    templates.map((template) => injectedSummary(template).initContainers),
    [['dvc-fetch'], ['dvc-fetch']],
  );
  const withMore = ({ metadata, spec }: Template, more: Partial<V1PodSpec>): Template => ({
    metadata,
    spec: { ...spec, ...more, containers: [...(spec?.containers ?? []), ...(more.containers ?? [])] },
  });
  await assertDataset(headGroupSpec.template, 'ray-head');
  await assertDataset(
    withMore(headGroupSpec.template, { containers: [container('autoscaler')] }),
    'ray-head',
    'autoscaler',
  );
  assert.equal(workerGroupSpecs.length, 1);
  for (const { template } of workerGroupSpecs) {
    await assertDataset(withMore(template, { initContainers: [container('wait-gcs-ready')] }), 'ray-worker');
  }
});

test("the Notebook's annotation gives its pod the dataset", async () => {
  const text = blockOf('Kubeflow Notebook', 'yaml');
  await assertJudgedOffline(text);
  const { metadata, spec } = parse(text) as {
    metadata: { annotations: Record<string, string> };
    spec: { template: Template };
  };
  assert.deepEqual(Object.keys(spec.template), ['spec']);
  const { annotations } = metadata;
  await assertDataset({ metadata: { annotations }, spec: spec.template.spec }, 'explore');
});

for (const [heading, pods] of [
  ['JupyterHub', [['notebook']]],
  ['Airflow', [['base'], ['base', 'airflow-xcom-sidecar']]],
] as const) {
  test(`the annotations in the code of ${heading} give the dataset to the container that it makes`, async () => {
    const [annotations, ...more] = await annotationsIn(blockOf(heading, 'python'));
    assert.ok(annotations);
    assert.deepEqual(more, []);
    for (const names of pods) {
      const containers = names.map((name) => container(name));
      await assertDataset({ metadata: { annotations }, spec: { containers } }, names[0]);
    }
  });
}

test('the page has no block that these tests or those of its code leave out', () => {
  const tried = ['PyTorch DataLoader', 'Hugging Face datasets', 'WebDataset', 'MLflow', 'JupyterHub', 'Airflow'];
  const manifests = ['Job', 'TrainJob', 'Ray', 'Kubeflow Notebook'];
  const inSections = (headings: string[], language: string) =>
    headings.flatMap((heading) => blocks(section(page, heading), language));
  assert.deepEqual(inSections(tried, 'python'), blocks(page, 'python'));
  assert.deepEqual(inSections(manifests, 'yaml'), blocks(page, 'yaml'));
  assert.equal(page.match(/^```/gm)?.length, 2 * (blocks(page, 'python').length + blocks(page, 'yaml').length));
});
