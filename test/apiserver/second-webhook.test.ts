/** Beside another mutating webhook, as in real clusters: whatever it does to the pod before or after us, we act once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';
import { giveIdentity, type Identity, irsa, podIdentity } from '../support/webhook/identity-webhook.ts';
import { type OtherWebhook, registerOther, startOtherWebhook, type Turn } from '../support/webhook/other-webhook.ts';
import type { WebhookProcess } from '../support/webhook/webhook-process.ts';

let api: ApiTest;
let webhook: WebhookProcess;
/** The key that the pod has where we are the only webhook. */
let key: string;
before(async () => {
  api = await startApiTest();
  webhook = await api.serve();
  key = labelledKey(await create(await makeNamespace(api.controlPlane.config)));
});
after(() => api?.[Symbol.asyncDispose]());

const create = (namespace: string, dryRun?: string) =>
  api.core.createNamespacedPod({ namespace, body: podNaming(reference), ...(dryRun ? { dryRun } : {}) });
const labelledKey = (pod: V1Pod) => pod.metadata?.labels?.['dvc.io/dataset-key'] ?? '';

/** A pod as it is stored with the other webhook at work, which is known by what it `leaves`; its calls, and our decisions. */
async function storedBeside(other: OtherWebhook, leaves: (pod: V1Pod) => boolean) {
  const namespace = await makeNamespace(api.controlPlane.config);
  await eventually('the API server calls the other webhook', async () => leaves(await create(namespace, 'All')));
  const before = { calls: other.calls, reviews: await webhook.reviews() };
  const { metadata } = await create(namespace);
  const calls = other.calls - before.calls;
  const reviews = (await webhook.reviews()) - before.reviews;
  // A clone is plain JSON, and so can equal what the tests write down.
  const pod = structuredClone(await api.core.readNamespacedPod({ namespace, name: metadata?.name ?? '' }));
  const ours = await eventually('a line in our log for each of our reviews', async () => {
    const decided = webhook.log.filter((line) => line.msg === 'decided' && line.namespace === namespace);
    const real = decided.filter((line) => line.dryRun === false);
    return real.length === reviews && real.map((line) => line.reason);
  });
  return { pod, calls, ours };
}

function containerOf(pod: V1Pod, name: string): V1Container {
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const named = all.filter((container) => container.name === name);
  assert.equal(named.length, 1, `${named.length} of ${all.length} containers are ${name}`);
  return named[0] as V1Container;
}

/** We injected once, whoever came when, and nothing stands there twice. */
function assertInjectedOnce(pod: V1Pod, ours: readonly unknown[]): void {
  assert.deepEqual(ours, ['injected', ...ours.slice(1).map(() => 'already-injected')]);
  assertDistinct('volumes', pod.spec?.volumes?.map(({ name }) => name) ?? []);
  for (const { name, env, volumeMounts } of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]) {
    assertDistinct(`variables of ${name}`, env?.map((variable) => variable.name) ?? []);
    assertDistinct(`mounts of ${name}`, volumeMounts?.map(({ mountPath }) => mountPath) ?? []);
  }
  const keys = containerOf(pod, 'dvc-fetch').env?.filter(({ name }) => name === 'DVC_INJECTOR_KEY');
  assert.deepEqual(keys, [{ name: 'DVC_INJECTOR_KEY', value: key }]);
  assert.equal(labelledKey(pod), key);
  const dataset = containerOf(pod, 'main').volumeMounts?.filter(({ mountPath }) => mountPath === '/mnt');
  assert.deepEqual(
    dataset?.map(({ subPath }) => subPath),
    [`datasets/${key}`],
  );
}

function assertDistinct(what: string, names: readonly string[]): void {
  assert.deepEqual(names, [...new Set(names)], what);
}

describe('a webhook that prepends an init container and edits ours', () => {
  /** Each of the two once. */
  function meddle(pod: V1Pod): Operation[] {
    const inits = pod.spec?.initContainers ?? [];
    const fetcher = inits.findIndex(({ name }) => name === 'dvc-fetch');
    const operations: Operation[] = [];
    if (fetcher >= 0 && !inits[fetcher]?.env?.some(({ name }) => name === 'MESH')) {
      const value = { name: 'MESH', value: 'on' };
      operations.push({ op: 'add', path: `/spec/initContainers/${fetcher}/env/0`, value });
    }
    if (!inits.some(({ name }) => name === 'mesh-init')) {
      const value = { name: 'mesh-init', image: 'registry.example.com/mesh:1' };
      operations.push(
        inits.length > 0
          ? { op: 'add', path: '/spec/initContainers/0', value }
          : { op: 'add', path: '/spec/initContainers', value: [value] },
      );
    }
    return operations;
  }

  for (const [name, order] of [
    ['a-mesh', 'before'],
    ['z-mesh', 'after'],
  ] as const) {
    test(`and runs ${order} us: the pod is injected once, and the edit stays`, async () => {
      await using mesh = await startOtherWebhook(meddle);
      await using _ = await registerOther(api.controlPlane.config, mesh, { name, reinvocationPolicy: 'IfNeeded' });
      const inits = (pod: V1Pod) => pod.spec?.initContainers?.map((container) => container.name) ?? [];
      const { pod, calls, ours } = await storedBeside(mesh, (dry) => inits(dry).includes('mesh-init'));
      assertInjectedOnce(pod, ours);
      assert.deepEqual(inits(pod).sort(), ['dvc-fetch', 'mesh-init']);
      assert.ok(containerOf(pod, 'dvc-fetch').env?.some((variable) => variable.name === 'MESH'));
      // Whoever ran first is called again, as the other changed the pod after it: that is what IfNeeded means.
      assert.ok(calls + ours.length >= 3, `${calls} calls of it and ${ours.length} of ours`);
    });
  }
});

/** EKS registers its webhook as pod-identity-webhook with IfNeeded, so it comes after us; others rename it or leave the default. */
const turns: [string, Turn][] = [
  ['before us and never again', { name: 'a-pod-identity-webhook', reinvocationPolicy: 'Never' }],
  ['before us and once more after us', { name: 'a-pod-identity-webhook', reinvocationPolicy: 'IfNeeded' }],
  ['after us', { name: 'pod-identity-webhook', reinvocationPolicy: 'IfNeeded' }],
];

for (const identity of [irsa, podIdentity]) {
  describe(`a webhook that gives every container the identity of ${identity.name}`, () => {
    for (const [when, turn] of turns) {
      test(`and runs ${when}: the fetch has it as the training does, each part once`, async () => {
        await using other = await startOtherWebhook(giveIdentity(identity));
        await using _ = await registerOther(api.controlPlane.config, other, turn);
        const { pod, calls, ours } = await storedBeside(other, (dry) =>
          hasIdentity(containerOf(dry, 'main'), identity),
        );
        assertInjectedOnce(pod, ours);
        for (const name of ['dvc-fetch', 'main']) assertIdentity(containerOf(pod, name), identity);
        const volumes = pod.spec?.volumes?.filter(({ name }) => name === identity.volume.name);
        assert.deepEqual(
          volumes?.map(({ projected }) => projected?.sources),
          [identity.volume.projected?.sources],
        );
        // Called once only, it never saw our init container: what that has, it has from us.
        if (turn.reinvocationPolicy === 'Never') assert.equal(calls, 1);
      });
    }
  });
}

function hasIdentity(container: V1Container, { mount }: Identity): boolean {
  return container.volumeMounts?.some(({ mountPath }) => mountPath === mount.mountPath) ?? false;
}

/** The variables and the mount are there as the webhook writes them; that they are so once is told by assertInjectedOnce. */
function assertIdentity({ env, volumeMounts }: V1Container, identity: Identity): void {
  const names = identity.env.map(({ name }) => name);
  assert.deepEqual(
    env?.filter(({ name }) => names.includes(name)),
    identity.env,
  );
  assert.deepEqual(
    volumeMounts?.filter(({ name }) => name === identity.mount.name),
    [identity.mount],
  );
}
