/** The policy that keeps all but the fetch from writing to the shared claim, on a real API server; ephemeral containers included. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  type V1Container,
  type V1EphemeralContainer,
  type V1Pod,
  type V1ValidatingAdmissionPolicy,
  type V1VolumeMount,
} from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { apiFailure } from '../../src/kubernetes/failure.ts';
import { only, type Rendered, release, render } from '../support/chart/helm.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';

const policyName = `${release.fullname}-protect-claim`;
const claimName = 'data-sharing-pvc';
const image = 'registry.example.com/train:1';

let controlPlane: ControlPlane;
let core: CoreV1Api;
let optedIn: string;
let other: string;
before(async () => {
  controlPlane = await startControlPlane();
  core = controlPlane.config.makeApiClient(CoreV1Api);
  optedIn = await makeNamespace(controlPlane.config);
  other = await makeNamespace(controlPlane.config, false);
  await install('Deny');
  await eventually('the policy is in force', async () => (await attempt(pod({ mounts: [writable] }))) !== 'created');
});
after(() => controlPlane?.stop());

async function install(protectClaim: 'Warn' | 'Deny'): Promise<void> {
  const objects = (await render({ policies: { protectClaim } })).filter(
    ({ metadata }) => metadata?.name === policyName,
  );
  assert.equal(objects.length, 2);
  for (const each of objects) {
    await controlPlane.kubectl(['apply', '-f', '-'], { input: stringify(each), check: true });
  }
}

const shared = (name = 'data', more: object = {}) => ({ name, persistentVolumeClaim: { claimName, ...more } });
const writable: V1VolumeMount = { name: 'data', mountPath: '/data' };
const readOnly: V1VolumeMount = { ...writable, readOnly: true };
const container = (name: string, ...volumeMounts: V1VolumeMount[]): V1Container => ({ name, image, volumeMounts });

interface Parts {
  mounts?: V1VolumeMount[];
  init?: V1Container[];
  volumes?: object[];
  annotations?: Record<string, string>;
  name?: string;
  more?: object;
}

function pod({ mounts = [], init = [], volumes = [shared()], annotations = {}, name, more }: Parts): V1Pod {
  const base = podNaming(null, { annotations, ...(name ? { name } : {}) });
  const spec = { containers: [container('main', ...mounts)], initContainers: init, volumes, ...more };
  return { ...base, spec } as V1Pod;
}

/** 'created', or the policy's words. */
function attempt(body: V1Pod, namespace = optedIn): Promise<string> {
  return core.createNamespacedPod({ namespace, body, dryRun: 'All' }).then(() => 'created', words);
}

function words(error: unknown): string {
  const { code, message } = apiFailure(error);
  assert.equal(code, 403, message);
  return message.replace(/^.* denied request: /, '');
}

const harm = `mounts claim ${claimName} writable and could change the datasets of every pod of the namespace: set readOnly: true on the volumeMount, and write to another claim`;
const dataset = { 'dvc.io/dataset': reference };

test("the API server's type checker finds nothing to say about it", async () => {
  const api = controlPlane.config.makeApiClient(AdmissionregistrationV1Api);
  const checked = await eventually('it is type-checked', async () => {
    const policy: V1ValidatingAdmissionPolicy = await api.readValidatingAdmissionPolicy({ name: policyName });
    return policy.status?.typeChecking && policy;
  });
  assert.deepEqual(checked.status?.typeChecking?.expressionWarnings ?? [], []);
});

describe('when a pod is created', () => {
  test('a container that mounts the claim writable is denied, by its name and with the way out', async () => {
    assert.equal(await attempt(pod({ mounts: [writable] })), `container main ${harm}`);
    const init = [container('prepare', { ...writable, subPath: 'trees', readOnly: false })];
    assert.equal(await attempt(pod({ init })), `container prepare ${harm}`);
    assert.equal(await attempt(pod({ mounts: [writable], init })), `container main, prepare ${harm}`);
  });

  test('so is a native sidecar, and one of many containers', async () => {
    const sidecar = { ...container('sidecar', writable), restartPolicy: 'Always' };
    assert.equal(await attempt(pod({ init: [sidecar] })), `container sidecar ${harm}`);
  });

  test('the same claim under another volume name is the same claim', async () => {
    const volumes = [shared(), shared('again')];
    const mounts = [readOnly, { name: 'again', mountPath: '/again' }];
    assert.equal(await attempt(pod({ volumes, mounts })), `container main ${harm}`);
  });

  test('read-only mounts, a volume that is read-only as a whole, and other claims are no matter', async () => {
    assert.equal(await attempt(pod({ mounts: [readOnly] })), 'created');
    assert.equal(await attempt(pod({ mounts: [writable], volumes: [shared('data', { readOnly: true })] })), 'created');
    const mine = { name: 'mine', persistentVolumeClaim: { claimName: 'mine' } };
    const mounts = [readOnly, { name: 'mine', mountPath: '/mine' }];
    assert.equal(await attempt(pod({ mounts, volumes: [shared(), mine] })), 'created');
    assert.equal(await attempt(pod({ volumes: [] })), 'created');
  });

  test('the init containers that fetch may write, those of exactly the datasets that the pod asks for', async () => {
    const annotations = { ...dataset, 'dvc.io/dataset.a': reference };
    const init = [container('dvc-fetch', writable), container('dvc-fetch-a', writable)];
    assert.equal(await attempt(pod({ annotations, init, mounts: [readOnly] })), 'created');
    assert.equal(await attempt(pod({ annotations: dataset, init })), `container dvc-fetch-a ${harm}`);
  });

  test('a name alone is no proof: without the annotation, or as a mirror pod, the webhook has seen nothing of it', async () => {
    const init = [container('dvc-fetch', writable)];
    assert.equal(await attempt(pod({ init })), `container dvc-fetch ${harm}`);
    const mirror = { ...dataset, 'kubernetes.io/config.mirror': 'x' };
    assert.equal(
      await attempt(pod({ annotations: mirror, init, more: { nodeName: 'node-1' } })),
      `container dvc-fetch ${harm}`,
    );
    // Nor is it where an ordinary container has it.
    const spec = { containers: [container('dvc-fetch', writable)] };
    assert.equal(await attempt(pod({ annotations: dataset, more: spec })), `container dvc-fetch ${harm}`);
  });

  test('where nobody opted in, nothing is said', async () => {
    assert.equal(await attempt(pod({ mounts: [writable] }), other), 'created');
  });

  test('a pod of a hundred datasets and two hundred containers is judged within the cost that an expression may have', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `d${index}`);
    const annotations = Object.fromEntries(names.map((name) => [`dvc.io/dataset.${name}`, reference]));
    const init = names.map((name) => container(`dvc-fetch-${name}`, writable));
    const mounts = names.map((name) => ({ name: 'data', mountPath: `/mnt/${name}`, readOnly: true }));
    const containers = Array.from({ length: 100 }, (_, index) => container(`c${index}`, ...mounts));
    assert.equal(await attempt(pod({ annotations, init, more: { containers } })), 'created');
    const last = container('last', writable);
    const denied = await attempt(pod({ annotations, init, more: { containers: [...containers, last] } }));
    assert.equal(denied, `container last ${harm}`);
    // What is too large to be judged is denied, not let in.
    const many = Array.from({ length: 400 }, (_, index) => container(`c${index}`, ...mounts));
    const body = pod({ annotations, init, more: { containers: [...many, last] } });
    await assert.rejects(core.createNamespacedPod({ namespace: optedIn, body, dryRun: 'All' }), (error: unknown) =>
      new RegExp(policyName).test(apiFailure(error).message),
    );
  });
});

describe('when a pod is there', () => {
  const debug = (name: string, ...volumeMounts: V1VolumeMount[]): V1EphemeralContainer => ({
    name,
    image,
    volumeMounts,
  });
  const add = async (name: string, containers: V1EphemeralContainer[]) => {
    const read = await core.readNamespacedPod({ namespace: optedIn, name });
    const body = { ...read, spec: { ...read.spec, ephemeralContainers: containers } } as V1Pod;
    return core.replaceNamespacedPodEphemeralcontainers({ namespace: optedIn, name, body }).then(() => 'added', words);
  };

  test('an ephemeral container that mounts the claim writable is denied, also by the name of the fetch', async () => {
    const name = 'debugged';
    const annotations = { ...dataset, 'dvc.io/dataset.x': reference };
    const init = [container('dvc-fetch', writable)];
    await core.createNamespacedPod({ namespace: optedIn, body: pod({ name, annotations, init, mounts: [readOnly] }) });
    assert.equal(await add(name, [debug('shell', writable)]), `ephemeral container shell ${harm}`);
    assert.equal(await add(name, [debug('dvc-fetch-x', writable)]), `ephemeral container dvc-fetch-x ${harm}`);
    assert.equal(await add(name, [debug('look', readOnly)]), 'added');
    assert.equal(await add(name, [debug('look', readOnly), debug('plain')]), 'added');
    const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-debug-'));
    const custom = join(folder, 'container.json');
    writeFileSync(custom, JSON.stringify({ volumeMounts: [writable] }));
    const debugging = ['debug', name, '--image', image, '-c', 'shell', '--profile=general', `--custom=${custom}`];
    const { stderr, exitCode } = await controlPlane.kubectl(['-n', optedIn, ...debugging, '--attach=false']);
    rmSync(folder, { recursive: true });
    assert.equal(exitCode, 1);
    assert.match(stderr, /denied request: ephemeral container shell mounts claim data-sharing-pvc writable/);
  });

  test('a pod from before the policy, which writes, can still be looked into and labelled', async () => {
    const name = 'earlier';
    await controlPlane.kubectl(['delete', 'validatingadmissionpolicybinding', policyName], { check: true });
    await eventually('it is created', async () => (await attempt(pod({ mounts: [writable] }))) === 'created');
    await core.createNamespacedPod({ namespace: optedIn, body: pod({ name, mounts: [writable] }) });
    assert.equal(await add(name, [debug('old', writable)]), 'added');
    await install('Deny');
    await eventually('the policy is in force', async () => (await attempt(pod({ mounts: [writable] }))) !== 'created');
    assert.equal(await add(name, [debug('old', writable), debug('look', readOnly)]), 'added');
    const label = [{ op: 'add', path: '/metadata/labels', value: { team: 'a' } }];
    await core.patchNamespacedPod({ namespace: optedIn, name, body: label });
  });

  test('the image of the fetch can not be exchanged while the pod waits; that of another container can', async () => {
    const name = 'waiting';
    const init = [container('dvc-fetch', writable), container('own')];
    await core.createNamespacedPod({ namespace: optedIn, body: pod({ name, annotations: dataset, init }) });
    const exchange = (index: number) => {
      const body = [{ op: 'replace', path: `/spec/initContainers/${index}/image`, value: 'evil.example.com/x:1' }];
      return core.patchNamespacedPod({ namespace: optedIn, name, body }).then(() => 'changed', words);
    };
    assert.equal(
      await exchange(0),
      `the image of init container dvc-fetch, which mounts claim ${claimName} writable, must stay as it is: create the pod anew`,
    );
    assert.equal(await exchange(1), 'changed');
  });
});

test('Warn lets the pod in and says the same, Off is nothing, and the claim is the configured one', async () => {
  await install('Warn');
  const body = stringify(pod({ mounts: [writable] }));
  const stderr = await eventually('a warning', async () => {
    const printed = await controlPlane.kubectl(['-n', optedIn, 'create', '--dry-run=server', '-f', '-'], {
      input: body,
    });
    return printed.exitCode === 0 && printed.stderr;
  });
  assert.match(stderr, new RegExp(`^Warning: Validation failed for .*: container main ${harm}$`));
  const bindingOf = (objects: Rendered[]) => only(objects, 'ValidatingAdmissionPolicyBinding', policyName).spec;
  // A controller's warning reaches nobody; the audit log has it.
  assert.deepEqual(bindingOf(await render()).validationActions, ['Warn', 'Audit']);
  // To YAML an Off without quotes is false.
  for (const off of ['Off', false])
    assert.ok(
      !(await render({ policies: { protectClaim: off } })).some(({ metadata }) => metadata?.name === policyName),
    );
  const named = await render({ config: { storage: { claimName: 'shared' } } });
  assert.match(JSON.stringify(only(named, 'ValidatingAdmissionPolicy', policyName)), /== 'shared'/);
  await assert.rejects(render({ policies: { protectClaim: true } }), /at '\/policies\/protectClaim'/);
});
