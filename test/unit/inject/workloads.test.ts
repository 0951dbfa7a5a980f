/** Injection offline finds the pod in every workload and list, and says where an annotation is of no effect. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Any,
  configMap,
  documentOf,
  documentsOf,
  fetchersOf,
  inject,
  pod,
  reference,
} from '../../support/inject/run.ts';

const metadata = { name: 'train', annotations: { 'dvc.io/dataset': reference } };
const template = { metadata, spec: { containers: [{ name: 'main', image: 'registry.example.com/train:1' }] } };

function workload(apiVersion: string, kind: string, rest: object): Any {
  return { apiVersion, kind, metadata: { name: 'mine' }, ...rest };
}

async function injectObject(object: object): Promise<{ object: Any; stderr: string }> {
  const { code, stdout, stderr } = await inject(JSON.stringify(object));
  assert.equal(code, 0, stderr);
  return { object: documentOf(stdout), stderr };
}

describe('every built-in workload', () => {
  const kinds: [apiVersion: string, kind: string][] = [
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['apps/v1', 'DaemonSet'],
    ['apps/v1', 'ReplicaSet'],
    ['v1', 'ReplicationController'],
    ['batch/v1', 'Job'],
  ];
  for (const [apiVersion, kind] of kinds) {
    it(`is injected in its pod template: ${kind}`, async () => {
      const { object, stderr } = await injectObject(workload(apiVersion, kind, { spec: { template } }));
      assert.deepEqual(fetchersOf(object.spec.template.spec), ['dvc-fetch']);
      assert.equal(object.metadata.labels, undefined);
      assert.equal(object.spec.template.metadata.annotations['dvc.io/dataset-status'], 'injected');
      assert.equal(stderr, '');
    });
  }

  it('is injected in its pod template: CronJob, two levels down', async () => {
    const spec = { schedule: '0 4 * * *', jobTemplate: { spec: { template } } };
    const { object } = await injectObject(workload('batch/v1', 'CronJob', { spec }));
    assert.deepEqual(fetchersOf(object.spec.jobTemplate.spec.template.spec), ['dvc-fetch']);
    assert.equal(object.spec.schedule, '0 4 * * *');
  });

  it('is injected in its pod template: PodTemplate, which has no spec', async () => {
    const { object } = await injectObject(workload('v1', 'PodTemplate', { template }));
    assert.deepEqual(fetchersOf(object.template.spec), ['dvc-fetch']);
  });

  it('is judged in its own namespace', async () => {
    const job = workload('batch/v1', 'Job', { spec: { template } });
    job.metadata.namespace = 'kube-system';
    const { object, stderr } = await injectObject(job);
    assert.deepEqual(object, job);
    assert.match(stderr, /Job\/mine: pods of the namespace kube-system are never injected/);
  });

  it('is denied where -n and its manifest disagree', async () => {
    const job = workload('batch/v1', 'Job', { spec: { template } });
    job.metadata.namespace = 'team-a';
    const { code, stderr } = await inject(JSON.stringify(job), '-n', 'team-b');
    assert.equal(code, 1);
    assert.match(stderr, /denied: document 1, Job\/mine: .*team-a .* team-b/);
  });

  it('of another API group with the same kind is somebody else’s', async () => {
    const object = workload('batch.volcano.sh/v1alpha1', 'Job', { spec: { template } });
    const ran = await injectObject(object);
    assert.deepEqual(ran.object, object);
    assert.match(ran.stderr, /has no effect there; move it to spec\.tasks\[\]\.template\.metadata\.annotations/);
  });
});

describe('lists', () => {
  const job = workload('batch/v1', 'Job', { spec: { template } });

  it('are injected item by item, however nested', async () => {
    const inner = { apiVersion: 'v1', kind: 'List', items: [job] };
    const { object } = await injectObject({
      apiVersion: 'v1',
      kind: 'List',
      items: [job, documentOf(configMap), inner],
    });
    assert.deepEqual(fetchersOf(object.items[0].spec.template.spec), ['dvc-fetch']);
    assert.deepEqual(object.items[1], documentOf(configMap));
    assert.deepEqual(fetchersOf(object.items[2].items[0].spec.template.spec), ['dvc-fetch']);
  });

  it('of one kind give it to items that leave it out', async () => {
    const { spec } = documentOf(pod);
    const { object } = await injectObject({ apiVersion: 'v1', kind: 'PodList', items: [{ metadata, spec }] });
    assert.deepEqual(fetchersOf(object.items[0].spec), ['dvc-fetch']);
    assert.equal(object.items[0].kind, undefined);
  });

  it('name the item that is denied', async () => {
    const wrong = structuredClone(job);
    wrong.metadata.name = 'broken';
    wrong.spec.template.metadata.annotations['dvc.io/dataset'] = 'nonsense';
    const { code, stderr } = await inject(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [job, wrong] }));
    assert.equal(code, 1);
    assert.match(stderr, /^denied: document 1, Job\/broken: /);
  });
});

describe('an annotation in the wrong place', () => {
  it('beside the pod template is named, with the right place', async () => {
    const { metadata: _, ...bare } = template;
    const { object, stderr } = await injectObject({
      ...workload('apps/v1', 'Deployment', { spec: { template: bare } }),
      metadata,
    });
    assert.equal(object.spec.template.spec.initContainers, undefined);
    assert.match(
      stderr,
      /Deployment\/train: the annotation in metadata\.annotations has no effect there; move it to spec\.template\.metadata\.annotations/,
    );
  });

  it('on a CronJob’s Job instead of its pod is named, too', async () => {
    const { metadata: _, ...bare } = template;
    const spec = { schedule: '@daily', jobTemplate: { metadata, spec: { template: bare } } };
    const { stderr } = await injectObject(workload('batch/v1', 'CronJob', { spec }));
    assert.match(
      stderr,
      /in spec\.jobTemplate\.metadata\.annotations has no effect there; move it to spec\.jobTemplate\.spec\.template\.metadata\.annotations/,
    );
  });
});

describe('a pod without a dataset', () => {
  it('is warned about where an annotation is mistyped or idle', async () => {
    const annotations = { 'dvc.io/datset': reference, 'dvc.io/mount-path': '/data', 'example.com/x': 'y' };
    const { object, stderr } = await injectObject({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: template.spec,
      metadata: { name: 'train', annotations },
    });
    assert.equal(object.spec.initContainers, undefined);
    assert.match(
      stderr,
      /^warning: document 1, Pod\/train: annotation dvc\.io\/datset is unknown and ignored; known are dataset, /,
    );
    assert.match(
      stderr,
      /\nwarning: .*: annotation dvc\.io\/mount-path has no effect, as no dvc\.io\/dataset asks for a dataset\n$/,
    );
  });

  it('is no matter where nothing of ours is written on it', async () => {
    const { stderr } = await injectObject({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: template.spec,
      metadata: { name: 'train', annotations: { 'example.com/x': 'y' } },
    });
    assert.equal(stderr, '');
  });
});

describe('many documents', () => {
  it('are counted as people count them: without the empty ones', async () => {
    const denied = pod.replace(/@[0-9a-f]{40}:/, '@v1:');
    const { stderr } = await inject(`---\n# a comment\n---\n${configMap}---\n---\n${denied}`);
    assert.match(stderr, /^denied: document 2, /);
  });

  it('may hold things that are no Kubernetes objects', async () => {
    const text = '- 1\n- 2\n---\njust a word\n---\nkind: Pod\n---\napiVersion: v1\nkind: 5\n';
    assert.equal((await inject(text)).stdout, text);
  });

  it('without a pod name are told by generateName', async () => {
    const denied = pod.replace(/@[0-9a-f]{40}:/, '@v1:').replace('name: train', 'generateName: train-');
    assert.match((await inject(denied)).stderr, /document 1, Pod\/train-\*: /);
  });

  it('that mix JSON and YAML come out as YAML', async () => {
    const { stdout } = await inject(`${JSON.stringify(documentOf(pod), null, '\t')}\n---\n${pod}`);
    const documents = documentsOf(stdout);
    assert.equal(documents.length, 2);
    for (const document of documents) assert.deepEqual(fetchersOf(document.spec), ['dvc-fetch']);
    assert.match(stdout, /^apiVersion: v1\n/);
  });
});
