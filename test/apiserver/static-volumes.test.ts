/** EFS volumes that the webhook makes itself, on the real API server with its real controllers. Only the driver is absent: nothing mounts them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CoreV1Api, type KubeConfig, type V1PersistentVolume } from '@kubernetes/client-node';
import { parseConfig } from '../../src/config/load.ts';
import { optInLabel } from '../../src/config/opt-in.ts';
import { staticVolume } from '../../src/storage/volume.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { optIn as label, makeNamespace } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { review } from '../support/webhook/review.ts';
import {
  clientWith,
  clusterRules,
  ownRules,
  rulesWithoutWatchingNamespaces,
  rulesWithVolumes,
} from '../support/webhook/rights.ts';
import { startWebhookProcess, type WebhookProcess } from '../support/webhook/webhook-process.ts';

const name = 'data-sharing-pvc';
const fileSystem = 'fs-0123456789abcdef0';
let controlPlane: ControlPlane;
let core: CoreV1Api;
let rights: KubeConfig;
let unwatching: KubeConfig;
before(async () => {
  controlPlane = await startControlPlane();
  core = controlPlane.config.makeApiClient(CoreV1Api);
  rights = await clientWith(controlPlane, 'dvc-injector', { cluster: rulesWithVolumes, own: ownRules });
  const cluster = rulesWithoutWatchingNamespaces;
  unwatching = await clientWith(controlPlane, 'unwatching', { cluster, own: ownRules });
});
after(() => controlPlane?.stop());

const handles = new Map<string, string>();
/** A handle that no other test has. */
function accessPoint(): string {
  const handle = `${fileSystem}::fsap-${String(handles.size).padStart(17, '0')}`;
  handles.set(handle, handle);
  return handle;
}

type Static = Record<string, unknown>;
const start = (own: Static) => startWebhookProcess({ kubeConfig: rights, config: { storage: { static: own } } });
/** One whose reconciler makes nothing, so that the review does. */
const startUnwatching = (own: Static) =>
  startWebhookProcess({ kubeConfig: unwatching, config: { storage: { static: own } } });
const volumeOf = (namespace: string, own: Static): string => {
  const { storage } = parseConfig(JSON.stringify({ storage: { static: own } }));
  return staticVolume(namespace, storage)?.name ?? assert.fail(`${namespace} has no volume`);
};
const readVolume = (of: string) => core.readPersistentVolume({ name: of });
const readClaim = (namespace: string) => core.readNamespacedPersistentVolumeClaim({ namespace, name });
const bound = (namespace: string) =>
  eventually('the claim is bound', async () => {
    const claim = await readClaim(namespace);
    return claim.status?.phase === 'Bound' && claim;
  });
const optedIn = () => makeNamespace(controlPlane.config);
const optedOut = () => makeNamespace(controlPlane.config, false);
const optIn = (namespace: string) => label(controlPlane.config, namespace);

async function volumeByHand(of: string, spec: Partial<V1PersistentVolume['spec'] & object>): Promise<void> {
  await core.createPersistentVolume({
    body: {
      metadata: { name: of },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteMany'],
        persistentVolumeReclaimPolicy: 'Retain',
        ...spec,
      },
    },
  });
}

/** Takes a volume away for good, as somebody can who removes its finalizers. */
async function destroyVolume(of: string): Promise<void> {
  await core.deletePersistentVolume({ name: of });
  await core
    .patchPersistentVolume({ name: of, body: [{ op: 'add', path: '/metadata/finalizers', value: [] }] })
    .catch((error: { code?: number }) => {
      if (error.code !== 404) throw error;
    });
}

test('a namespace that is opted in has its volume and its claim, bound to each other, before its first pod', async () => {
  const namespace = await optedOut();
  const handle = accessPoint();
  const own = { namespaces: { [namespace]: handle }, mountOptions: ['iam'] };
  await using webhook = await start(own);
  await webhook.ready();
  await optIn(namespace);
  const claim = await eventually('the claim is made and bound', () => bound(namespace));
  const volume = await readVolume(claim.spec?.volumeName ?? '');
  assert.equal(volume.metadata?.name, volumeOf(namespace, own));
  assert.match(volume.metadata?.name ?? '', new RegExp(`^dvc-injector-${namespace}-[0-9a-f]{10}$`));
  assert.deepEqual(volume.metadata?.labels, { 'app.kubernetes.io/managed-by': 'dvc-injector' });
  assert.equal(volume.metadata?.ownerReferences, undefined);
  assert.deepEqual({ ...volume.spec?.csi }, { driver: 'efs.csi.aws.com', volumeHandle: handle });
  assert.deepEqual(
    [volume.spec?.persistentVolumeReclaimPolicy, volume.spec?.storageClassName ?? '', volume.spec?.mountOptions],
    ['Retain', '', ['iam']],
  );
  assert.equal(volume.spec?.claimRef?.uid, claim.metadata?.uid);
  assert.deepEqual((await review(webhook, namespace)).warnings, undefined);
});

test('a pod in a namespace whose claim is not there yet is admitted after both are made; a dry run makes neither', async () => {
  const namespace = await optedIn();
  const own = { namespaces: { [namespace]: accessPoint() } };
  await using webhook = await startUnwatching(own);
  assert.deepEqual(await review(webhook, namespace, true).then(({ allowed }) => allowed), true);
  await assert.rejects(readVolume(volumeOf(namespace, own)), { code: 404 });
  await assert.rejects(readClaim(namespace), { code: 404 });
  assert.equal((await review(webhook, namespace)).allowed, true);
  await bound(namespace);
});

test('replicas that are asked at once make one volume and one claim', async () => {
  const namespace = await optedIn();
  const own = { namespaces: { [namespace]: accessPoint() } };
  await using first = await startUnwatching(own);
  await using second = await startUnwatching(own);
  const answers = await Promise.all([first, second, first, second].map((at) => review(at, namespace)));
  assert.deepEqual(
    answers.filter(({ allowed }) => !allowed),
    [],
  );
  const claim = await bound(namespace);
  assert.equal(claim.spec?.volumeName, volumeOf(namespace, own));
});

test('a namespace that the configuration has no volume for is denied with the key, unless it has a claim of its own', async () => {
  const namespace = await optedIn();
  await using webhook = await startUnwatching({ namespaces: { elsewhere: accessPoint() } });
  const { status } = await review(webhook, namespace);
  assert.equal(status?.code, 409);
  assert.match(status?.message ?? '', new RegExp(`storage\\.static\\.namespaces: \\{${namespace}: fs-…::fsap-…\\}$`));
  await core.createNamespacedPersistentVolumeClaim({
    namespace,
    body: {
      metadata: { name },
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: '',
        resources: { requests: { storage: '10Gi' } },
      },
    },
  });
  assert.equal((await review(webhook, namespace)).allowed, true);
});

test('one handle for two namespaces ends the start with the sentence that helps; with shared it serves both', async () => {
  const [one, two] = [await optedIn(), await optedIn()];
  const handle = accessPoint();
  for (const own of [{ namespaces: { [one]: handle, [two]: handle } }, { volumeHandle: handle }]) {
    await assert.rejects(startUnwatching(own), /each could read what .* set static\.shared: true/);
  }
  await using webhook = await startUnwatching({ volumeHandle: handle, shared: true });
  for (const namespace of [one, two]) {
    assert.equal((await review(webhook, namespace)).allowed, true);
    await bound(namespace);
  }
  const volumes = await Promise.all([one, two].map(async (each) => (await readClaim(each)).spec?.volumeName));
  assert.equal(new Set(volumes).size, 2);
});

test('a handle that shows files of another namespace, by a volume made by hand or before, is refused until it is shared', async () => {
  const [owner, namespace] = [await optedIn(), await optedIn()];
  const handle = accessPoint();
  await volumeByHand(`by-hand-${owner}`, {
    claimRef: { namespace: owner, name: 'anything' },
    csi: { driver: 'efs.csi.aws.com', volumeHandle: `efs:${handle}` },
  });
  const own = { namespaces: { [namespace]: handle } };
  await using careful = await startUnwatching(own);
  const { status } = await review(careful, namespace);
  assert.equal(status?.code, 409);
  assert.match(
    status?.message ?? '',
    new RegExp(`shows files of the claim ${owner}/anything \\(PersistentVolume by-hand-`),
  );
  assert.match(status?.message ?? '', /storage\.static\.shared: true$/);
  await assert.rejects(readVolume(volumeOf(namespace, own)), { code: 404 });
  await using sharing = await startUnwatching({ ...own, shared: true });
  assert.equal((await review(sharing, namespace)).allowed, true);
});

test('a volume of the name that is another, or is kept for another claim, is refused with what to delete', async () => {
  const [first, second] = [await optedIn(), await optedIn()];
  const own = { namespaces: { [first]: accessPoint(), [second]: accessPoint() } };
  await using webhook = await startUnwatching(own);
  await volumeByHand(volumeOf(first, own), { hostPath: { path: '/etc' } });
  const foreign = await review(webhook, first);
  assert.match(foreign.status?.message ?? '', /is no volume of a CSI driver, .*: kubectl delete pv dvc-injector-/);
  await volumeByHand(volumeOf(second, own), {
    claimRef: { namespace: 'elsewhere', name },
    csi: { driver: 'efs.csi.aws.com', volumeHandle: own.namespaces[second] ?? '' },
  });
  const kept = await review(webhook, second);
  assert.equal(kept.status?.code, 409);
  assert.match(kept.status?.message ?? '', /is kept for the claim elsewhere\/data-sharing-pvc instead of/);
});

test('a namespace that is deleted and made anew gets the same volume back: Released is mended, and no file is touched', async () => {
  const namespace = await optedOut();
  const own = { namespaces: { [namespace]: accessPoint() } };
  await using webhook = await start(own);
  await webhook.ready();
  await optIn(namespace);
  const before = await eventually('the claim', () => bound(namespace));
  const volumeBefore = await readVolume(volumeOf(namespace, own));
  await core.deleteNamespace({ name: namespace });
  await eventually('the volume is Released', async () => {
    const volume = await readVolume(volumeOf(namespace, own));
    return volume.status?.phase === 'Released';
  });
  await eventually('the namespace can be made anew', () =>
    core.createNamespace({ body: { metadata: { name: namespace, labels: { [optInLabel.key]: optInLabel.value } } } }),
  );
  const claim = await eventually('the new claim', () => bound(namespace));
  assert.notEqual(claim.metadata?.uid, before.metadata?.uid);
  const volume = await readVolume(volumeOf(namespace, own));
  assert.equal(volume.metadata?.uid, volumeBefore.metadata?.uid);
  assert.equal(volume.spec?.claimRef?.uid, claim.metadata?.uid);
});

test('the uid of a living claim is never taken from its volume, whatever a replica with an empty cache believes', async () => {
  const namespace = await optedIn();
  const own = { namespaces: { [namespace]: accessPoint() } };
  await using webhook = await startUnwatching(own);
  await review(webhook, namespace);
  const claim = await bound(namespace);
  // Each replica is asked before its first list is there.
  for (let restart = 0; restart < 3; restart += 1) {
    await using fresh = await startUnwatching(own);
    const answers = await Promise.all([review(fresh, namespace), review(fresh, namespace, true)]);
    assert.ok(answers.every(({ allowed }) => allowed));
  }
  const volume = await readVolume(volumeOf(namespace, own));
  assert.equal(volume.spec?.claimRef?.uid, claim.metadata?.uid);
  assert.equal((await readClaim(namespace)).status?.phase, 'Bound');
});

test('a volume that vanishes is made again for the very claim, and a claim that was Lost is Bound again', async () => {
  const namespace = await optedOut();
  const own = { namespaces: { [namespace]: accessPoint() } };
  await using webhook = await start(own);
  await webhook.ready();
  await optIn(namespace);
  const claim = await eventually('the claim', () => bound(namespace));
  const first = await readVolume(volumeOf(namespace, own));
  await destroyVolume(volumeOf(namespace, own));
  const again = await eventually('another volume', async () => {
    const volume = await readVolume(volumeOf(namespace, own));
    return volume.metadata?.uid !== first.metadata?.uid && volume;
  });
  assert.equal(again.spec?.claimRef?.uid, claim.metadata?.uid);
  await bound(namespace);
  assert.equal((await review(webhook, namespace)).allowed, true);
});

test('without the right to make volumes the denial is the API server’s own sentence', async () => {
  const namespace = await optedIn();
  const kubeConfig = await clientWith(controlPlane, 'no-volumes', { cluster: clusterRules, own: ownRules });
  const storage = { static: { namespaces: { [namespace]: accessPoint() } } };
  await using poor: WebhookProcess = await startWebhookProcess({ kubeConfig, config: { storage } });
  const { status } = await review(poor, namespace);
  assert.equal(status?.code, 403);
  assert.match(status?.message ?? '', /no-volumes" cannot get resource "persistentvolumes"/);
});
