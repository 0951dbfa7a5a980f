/** The chart's ValidatingAdmissionPolicies on a real API server: what kubectl prints. No webhook is running here. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  type KubernetesObject,
  type V1Pod,
  type V1ValidatingAdmissionPolicy,
} from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { type Rendered, release, render } from '../support/chart/helm.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { operatorCrds } from '../support/cluster/operator-crds.ts';
import { eventually } from '../support/eventually.ts';

const dataset = { 'dvc.io/dataset': reference };
const spec = { containers: [{ name: 'main', image: 'registry.example.com/train:1' }] };
const policyName = (short: string) => `${release.fullname}-${short}`;

let controlPlane: ControlPlane;
let policies: Rendered[];
let optedIn: string;
let other: string;

before(async () => {
  controlPlane = await startControlPlane();
  const customKinds = [{ apiGroups: ['example.com'], resources: ['trainings'] }];
  policies = (await render({ policies: { customKinds } })).filter((each) =>
    each.kind?.startsWith('ValidatingAdmissionPolicy'),
  );
  const core = controlPlane.config.makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: release.namespace } } });
  optedIn = await makeNamespace(controlPlane.config);
  other = await makeNamespace(controlPlane.config, false);
  for (const policy of policies) await create(policy, undefined, true);
  // After the policies: a kind may be installed later.
  for (const crd of operatorCrds) await create(crd, undefined, true);
  await inForce();
});
after(() => controlPlane?.stop());

async function create(object: KubernetesObject, namespace?: string, check = false) {
  const place = namespace ? ['--namespace', namespace] : [];
  return controlPlane.kubectl([...place, 'create', '-f', '-'], { input: stringify(object), check });
}

/** The warnings of creating this object, without kubectl's and the policies' fixed beginnings; it must be created. */
async function warnings(object: KubernetesObject, namespace: string): Promise<string[]> {
  const { stderr, exitCode } = await create(object, namespace);
  assert.equal(exitCode, 0, stderr);
  const lines = stderr.split('\n').filter((line) => line !== '');
  for (const line of lines) {
    assert.match(line, /^Warning: Validation failed for ValidatingAdmissionPolicy '[^']+' with binding '[^']+': /);
  }
  return lines.map((line) => line.replace(/^Warning: [^:]+: /, ''));
}

/** Policies take effect a moment after they are created, each in its own time. */
async function inForce(): Promise<void> {
  await eventually('all four policies are in force', async () => {
    const dry = (object: KubernetesObject, namespace: string) =>
      controlPlane.kubectl(['--namespace', namespace, 'create', '--dry-run=server', '-f', '-'], {
        input: stringify(object),
      });
    const typo = await dry(podNaming(reference, { name: 'probe', annotations: { 'dvc.io/datset': 'x' } }), other);
    const beside = await dry(deployment(dataset, {}), other);
    const bare = await dry(podNaming(reference, { name: 'probe' }), optedIn);
    const said = await Promise.all(
      [pyTorchJob, workflow, training].map((make) => dry(make({ own: { 'dvc.io/datset': 'x' } }), optedIn)),
    );
    return (
      /not-opted-in/.test(typo.stderr) &&
      /unknown-ann/.test(typo.stderr) &&
      beside.stderr !== '' &&
      bare.exitCode === 1 &&
      said.every(({ stderr }) => /unknown-ann/.test(stderr))
    );
  });
}

function deployment(outer: Record<string, string>, inner: Record<string, string>, name = 'train'): KubernetesObject {
  const labels = { app: 'train' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: outer },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations: inner }, spec } },
  } as KubernetesObject;
}

const job = (outer: Record<string, string>, inner: Record<string, string>) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { generateName: 'train-', annotations: outer },
  spec: { template: { metadata: { annotations: inner }, spec: { ...spec, restartPolicy: 'Never' } } },
});

const cronJob = (annotations: { own?: object; job?: object; pod?: object }) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { generateName: 'train-', annotations: { ...annotations.own } },
  spec: {
    schedule: '0 0 1 1 *',
    jobTemplate: {
      metadata: { annotations: { ...annotations.job } },
      spec: {
        template: { metadata: { annotations: { ...annotations.pod } }, spec: { ...spec, restartPolicy: 'Never' } },
      },
    },
  },
});

/** Annotations of the object itself, and where they reach its pods. */
interface Annotated {
  own?: Record<string, string>;
  pods?: Record<string, string>;
}

const pyTorchJob = ({ own, pods }: Annotated, name?: string): Rendered => ({
  apiVersion: 'kubeflow.org/v1',
  kind: 'PyTorchJob',
  metadata: { ...(name ? { name } : { generateName: 'train-' }), annotations: { ...own } },
  spec: {
    pytorchReplicaSpecs: {
      Master: { template: { spec } },
      Worker: { replicas: 3, template: { metadata: { annotations: { ...pods } }, spec } },
    },
  },
});

const workflow = ({ own, pods }: Annotated, name?: string): Rendered => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { ...(name ? { name } : { generateName: 'train-' }), annotations: { ...own } },
  spec: {
    entrypoint: 'steps',
    templates: [
      { name: 'steps', steps: [[{ name: 'train', template: 'train' }]] },
      { name: 'train', metadata: { annotations: { ...pods } }, container: { image: 'registry.example.com/train:1' } },
    ],
  },
});

const training = ({ own }: Annotated, name?: string): Rendered => ({
  apiVersion: 'example.com/v1',
  kind: 'Training',
  metadata: { ...(name ? { name } : { generateName: 'train-' }), annotations: { ...own } },
  spec: { image: 'registry.example.com/train:1' },
});

const injected = (annotations: Record<string, string>, names: string[]): V1Pod => ({
  ...podNaming(null, { annotations }),
  spec: { ...spec, initContainers: names.map((name) => ({ name, image: 'dvc-injector-fetcher:1' })) },
});

test("the API server's type checker finds nothing to say about the policies", async () => {
  const api = controlPlane.config.makeApiClient(AdmissionregistrationV1Api);
  for (const { metadata } of policies.filter((each) => each.kind === 'ValidatingAdmissionPolicy')) {
    const checked = await eventually(`${metadata?.name} is type-checked`, async () => {
      const policy: V1ValidatingAdmissionPolicy = await api.readValidatingAdmissionPolicy({
        name: metadata?.name ?? '',
      });
      return policy.status?.typeChecking && policy;
    });
    assert.deepEqual(checked.status?.typeChecking?.expressionWarnings ?? [], [], metadata?.name ?? '');
  }
});

test('an annotated pod in a namespace that is not opted in is created, with the command that opts it in', async () => {
  assert.deepEqual(await warnings(podNaming(reference), other), [
    `pod asks for a dataset, but namespace ${other} is not opted in: kubectl label namespace ${other} dvc.io/dataset-injection=enabled`,
  ]);
  assert.deepEqual(await warnings(podNaming(null), other), []);
});

test('nobody is told to opt in kube-system or the namespace of the webhook', async () => {
  await eventually(
    'the ServiceAccount of the release',
    async () =>
      (await controlPlane.kubectl(['-n', release.namespace, 'get', 'serviceaccount', 'default'])).exitCode === 0,
  );
  for (const namespace of ['kube-system', release.namespace]) {
    assert.deepEqual(await warnings(podNaming(reference), namespace), []);
  }
});

test('an annotation beside the pod template is warned about, with the place where it belongs', async () => {
  const says = (what: string, place: string) => [
    `${what} has dvc.io/dataset beside its pod template; it must be in ${place}`,
  ];
  const template = 'spec.template.metadata.annotations';
  const cron = 'spec.jobTemplate.spec.template.metadata.annotations';
  assert.deepEqual(await warnings(deployment(dataset, {}), other), says('Deployment train', template));
  const [fromJob] = await warnings(job({ 'dvc.io/dataset.a': reference }, {}), other);
  assert.match(fromJob ?? '', /^Job train-\w+ has dvc\.io\/dataset beside its pod template/);
  for (const annotations of [{ own: dataset }, { job: dataset }]) {
    const [fromCron] = await warnings(cronJob(annotations), other);
    assert.ok(fromCron?.endsWith(`it must be in ${cron}`), fromCron);
  }
});

test('an annotation in the pod template is not warned about, also where it stands beside it too', async () => {
  assert.deepEqual(await warnings(deployment({}, dataset, 'inside'), optedIn), []);
  assert.deepEqual(await warnings(deployment(dataset, dataset, 'both'), optedIn), []);
  assert.deepEqual(await warnings(cronJob({ pod: dataset }), optedIn), []);
});

const notOptedIn = (what: string) => [
  `${what} asks for a dataset, but namespace ${other} is not opted in: kubectl label namespace ${other} dvc.io/dataset-injection=enabled`,
];

test('a workload whose pods would ask in a namespace that is not opted in is created, with the command too', async () => {
  assert.deepEqual(await warnings(deployment({}, dataset, 'elsewhere'), other), notOptedIn('Deployment elsewhere'));
  const [fromCron] = await warnings(cronJob({ pod: dataset }), other);
  assert.match(fromCron ?? '', /^CronJob train-\w+ asks for a dataset, but namespace /);
});

test("operators' kinds are told the same, wherever their pods take annotations from", async () => {
  for (const [kind, make, place] of [
    ['PyTorchJob', pyTorchJob, 'spec.pytorchReplicaSpecs.*.template.metadata.annotations'],
    ['Workflow', workflow, 'spec.templates[].metadata.annotations'],
  ] as const) {
    const name = `${kind.toLowerCase()}-elsewhere`;
    assert.deepEqual(await warnings(make({ pods: dataset }, name), other), notOptedIn(`${kind} ${name}`));
    assert.deepEqual(await warnings(make({ pods: dataset }), optedIn), []);
    assert.deepEqual(await warnings(make({ own: dataset }, `${name}-beside`), optedIn), [
      `${kind} ${name}-beside has dvc.io/dataset beside its pod template; it must be in ${place}`,
    ]);
    assert.deepEqual(await warnings(make({ pods: { 'dvc.io/datset': 'x' } }), other), [unknownSays('dvc.io/datset')]);
  }
});

test('a workflow of a thousand templates is told too', async () => {
  const large: Rendered = workflow({}, 'large');
  const templates = Array.from({ length: 1000 }, (_, index) => ({
    name: `train-${index}`,
    metadata: { annotations: { ...dataset, 'dvc.io/cpu': '2', 'example.com/note': 'x' } },
    container: { image: 'registry.example.com/train:1' },
  }));
  assert.deepEqual(await warnings({ ...large, spec: { templates } } as Rendered, other), notOptedIn('Workflow large'));
});

test('a kind that the admin adds may pass its own annotations on, so nothing is said of their place', async () => {
  assert.deepEqual(await warnings(training({ own: dataset }), optedIn), []);
  assert.deepEqual(await warnings(training({ own: dataset }, 'added'), other), notOptedIn('Training added'));
  assert.deepEqual(await warnings(training({ own: { 'dvc.io/datset': 'x' } }), other), [unknownSays('dvc.io/datset')]);
});

test('a workload that is changed is told again only where its spec or its annotations changed', async () => {
  const name = 'changed';
  await warnings(workflow({ pods: dataset }, name), other);
  const patch = async (body: object) =>
    (
      await controlPlane.kubectl(
        ['--namespace', other, 'patch', 'workflow', name, '--type=merge', '-p', JSON.stringify(body)],
        { check: true },
      )
    ).stderr;
  assert.equal(await patch({ metadata: { labels: { seen: 'yes' } } }), '');
  assert.match(await patch({ metadata: { annotations: { note: 'new' } } }), /Workflow changed asks for a dataset/);
  assert.match(await patch({ spec: { entrypoint: 'train' } }), /Workflow changed asks for a dataset/);
});

const known =
  'dataset, mount-path, containers, data-dir, split-dir, remote, git-secret, remote-secret, cpu, memory, scratch, dataset-status';
const unknownSays = (names: string) => `${names} is no annotation of dvc-injector; behind dvc.io/ it knows ${known}`;

test('a misspelt annotation is warned about, with the names that there are', async () => {
  const typo = { 'dvc.io/datset': reference };
  assert.deepEqual(await warnings(podNaming(null, { annotations: typo }), other), [unknownSays('dvc.io/datset')]);
  assert.deepEqual(await warnings(deployment({}, typo, 'typo'), other), [unknownSays('dvc.io/datset')]);
  assert.deepEqual(await warnings(job({}, typo), other), [unknownSays('dvc.io/datset')]);
  assert.deepEqual(await warnings(cronJob({ pod: typo }), other), [unknownSays('dvc.io/datset')]);
  const beside = await warnings(cronJob({ own: { 'dvc.io/mountpath.a': '/data' } }), other);
  assert.deepEqual(beside, [unknownSays('dvc.io/mountpath.a')]);
});

test('known annotations, named or not, and those of others are not warned about', async () => {
  const annotations = {
    'dvc.io/mount-path': '/data',
    'dvc.io/mount-path.a': '/data/a',
    'dvc.io/dataset-status': 'injected',
    'example.org/datset': 'x',
    'xdvc.io/datset': 'x',
  };
  assert.deepEqual(await warnings(podNaming(null, { annotations }), other), []);
  assert.deepEqual(await warnings(podNaming(null, { annotations: { 'dvc.io/dataset-status.a': 'x' } }), other), [
    unknownSays('dvc.io/dataset-status.a'),
  ]);
});

test('an annotated pod that would be stored without its init container is denied, and the container is named', async () => {
  const { stderr, exitCode } = await create(
    injected({ ...dataset, 'dvc.io/dataset.a': reference }, ['dvc-fetch']),
    optedIn,
  );
  assert.equal(exitCode, 1);
  assert.match(
    stderr,
    /denied request: pod asks for a dataset but has no init container dvc-fetch-a: the dvc-injector webhook did not run or another webhook removed it/,
  );
  const whole = injected({ ...dataset, 'dvc.io/dataset.a': reference }, ['dvc-fetch-a', 'other', 'dvc-fetch']);
  assert.deepEqual(await warnings(whole, optedIn), []);
  assert.deepEqual(await warnings(podNaming(null), optedIn), []);
});

test('a mirror pod of a static pod is not denied', async () => {
  const mirror = { 'kubernetes.io/config.mirror': 'x', ...dataset };
  const pod = podNaming(null, { annotations: mirror });
  assert.deepEqual(await warnings({ ...pod, spec: { ...spec, nodeName: 'node-1' } } as V1Pod, optedIn), []);
});

test('a policy that is removed says nothing any more, and the others still do', async () => {
  await controlPlane.kubectl(
    ['delete', 'validatingadmissionpolicy,validatingadmissionpolicybinding', policyName('must-be-injected')],
    { check: true },
  );
  await eventually('the pod is let in', async () => (await create(podNaming(reference), optedIn)).exitCode === 0);
  assert.equal((await warnings(podNaming(reference), other)).length, 1);
});
