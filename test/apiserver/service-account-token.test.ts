/** The ServiceAccount's token, which the API server's own plugin mounts in every container before us and once more after us. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';
import { registerOther, startOtherWebhook } from '../support/webhook/other-webhook.ts';

let api: ApiTest;
before(async () => {
  api = await startApiTest();
  await api.serve();
});
after(() => api?.[Symbol.asyncDispose]());

const tokenFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
const mask = { name: 'dvc-no-token', mountPath: tokenFolder, readOnly: true };
const isTokenVolume = (name: string) => name.startsWith('kube-api-access-');

/** A pod with an init container of its own beside the fetch, as the API server stores it. */
async function stored(namespace: string, spec: Partial<V1Pod['spec']> = {}): Promise<V1Pod> {
  const pod = podNaming(reference, { name: 'train' });
  const initContainers = [{ name: 'own', image: 'registry.example.com/own:1' }];
  Object.assign(pod.spec ?? {}, { initContainers, ...spec });
  await api.core.createNamespacedPod({ namespace, body: pod });
  // A clone is plain JSON, and so can equal what the tests write down.
  return structuredClone(await api.core.readNamespacedPod({ namespace, name: 'train' }));
}

/** The names of the volumes at the token's path, by container; they are what its processes see there. */
function mountedAtTokenFolder(pod: V1Pod): Record<string, string[]> {
  const all: V1Container[] = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const names = (mounts: V1Container['volumeMounts'] = []) =>
    mounts
      .filter(({ mountPath }) => mountPath === tokenFolder)
      .map(({ name }) => (isTokenVolume(name) ? 'the token' : name));
  return Object.fromEntries(all.map(({ name, volumeMounts }) => [name, names(volumeMounts)]));
}

function assertMasked(pod: V1Pod): void {
  const fetcher = pod.spec?.initContainers?.find(({ name }) => name === 'dvc-fetch');
  const mounts = fetcher?.volumeMounts ?? [];
  assert.ok(!mounts.some(({ name }) => isTokenVolume(name)), 'the token is nowhere in the init container');
  assert.deepEqual(
    mounts.filter(({ mountPath }) => mountPath === tokenFolder),
    [mask],
  );
  const volume = pod.spec?.volumes?.find(({ name }) => name === mask.name);
  assert.deepEqual(volume, { name: mask.name, emptyDir: {} });
}

test('the fetch finds an empty folder where every other container of the pod has the token', async () => {
  const pod = await stored(await makeNamespace(api.controlPlane.config));
  assertMasked(pod);
  assert.deepEqual(mountedAtTokenFolder(pod), {
    'dvc-fetch': ['dvc-no-token'],
    own: ['the token'],
    main: ['the token'],
  });
});

test('the fetch finds it empty also after the plugin has run again and mounted the token in what came later', async () => {
  const isLate = ({ name }: V1Container) => name === 'late';
  await using other = await startOtherWebhook(({ spec }): Operation[] => {
    const value = { name: 'late', image: 'registry.example.com/late:1' };
    return spec?.initContainers?.some(isLate) ? [] : [{ op: 'add', path: '/spec/initContainers/-', value }];
  });
  const turn = { name: 'z-late', reinvocationPolicy: 'IfNeeded' } as const;
  await using _ = await registerOther(api.controlPlane.config, other, turn);
  const namespace = await makeNamespace(api.controlPlane.config);
  await eventually('the API server calls the other webhook', async () => {
    const pod = await api.core.createNamespacedPod({ namespace, body: podNaming(reference), dryRun: 'All' });
    return pod.spec?.initContainers?.some(isLate);
  });
  const pod = await stored(namespace);
  assertMasked(pod);
  assert.deepEqual(mountedAtTokenFolder(pod), {
    'dvc-fetch': ['dvc-no-token'],
    own: ['the token'],
    late: ['the token'],
    main: ['the token'],
  });
});

test('a pod with automountServiceAccountToken: false is injected, and no token is anywhere in it', async () => {
  const pod = await stored(await makeNamespace(api.controlPlane.config), { automountServiceAccountToken: false });
  assertMasked(pod);
  assert.deepEqual(mountedAtTokenFolder(pod), { 'dvc-fetch': ['dvc-no-token'], own: [], main: [] });
  assert.ok(!pod.spec?.volumes?.some(({ name }) => isTokenVolume(name)));
  assert.equal(pod.spec?.automountServiceAccountToken, false);
});

test('so is a pod whose ServiceAccount says so, and one that overrules it has the token in its own containers only', async () => {
  const body = { metadata: { name: 'without' }, automountServiceAccountToken: false };
  for (const [overruled, theirs] of [
    [{}, []],
    [{ automountServiceAccountToken: true }, ['the token']],
  ] as const) {
    const namespace = await makeNamespace(api.controlPlane.config);
    await api.core.createNamespacedServiceAccount({ namespace, body });
    const pod = await eventually('the plugin knows the ServiceAccount', () =>
      stored(namespace, { serviceAccountName: 'without', ...overruled }),
    );
    assertMasked(pod);
    assert.deepEqual(mountedAtTokenFolder(pod), { 'dvc-fetch': ['dvc-no-token'], own: [...theirs], main: [...theirs] });
  }
});
