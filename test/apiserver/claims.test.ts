/** The claim against the real API server and its real controllers: found, made, judged, refused. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CoreV1Api as CoreApi,
  type CoreV1Api,
  type KubeConfig,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { defaultConfig } from '../../src/config/load.ts';
import { makeEnsureClaim } from '../../src/storage/ensure-claim.ts';
import { optIn as label, makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';
import { review as ask } from '../support/webhook/review.ts';
import { clientWith, clusterRules, ownRules } from '../support/webhook/rights.ts';
import { startWebhookProcess, type WebhookProcess } from '../support/webhook/webhook-process.ts';

const name = 'data-sharing-pvc';
let api: ApiTest;
let core: CoreV1Api;
let webhook: WebhookProcess;
before(async () => {
  api = await startApiTest();
  core = api.core;
  webhook = await api.serve();
});
after(() => api?.[Symbol.asyncDispose]());

const review = (namespace: string, dryRun = false, at: WebhookProcess = webhook) => ask(at, namespace, dryRun);

function claimOf(spec: Partial<V1PersistentVolumeClaim['spec'] & object>, metadata = {}): V1PersistentVolumeClaim {
  return {
    metadata: { name, ...metadata },
    spec: {
      accessModes: ['ReadWriteMany'],
      storageClassName: '',
      resources: { requests: { storage: '10Gi' } },
      ...spec,
    },
  };
}

const notOptedIn = () => makeNamespace(api.controlPlane.config, false);
const optIn = (namespace: string) => label(api.controlPlane.config, namespace);
/** Where a review finds no claim, because no webhook hears of the namespace. */
const ensureClaimAs = (kubeConfig: KubeConfig) =>
  makeEnsureClaim({ kubeConfig, storage: defaultConfig().storage, cached: () => undefined });
const createClaim = (namespace: string, body: V1PersistentVolumeClaim) =>
  core.createNamespacedPersistentVolumeClaim({ namespace, body });

test('a namespace that is opted in has its claim before its first pod', async () => {
  const namespace = await notOptedIn();
  await optIn(namespace);
  await eventually('the claim', () => core.readNamespacedPersistentVolumeClaim({ namespace, name }));
  assert.deepEqual((await core.listNamespacedPod({ namespace })).items, []);
});

test('of callers that share one create, one is told that it was created', async () => {
  const namespace = await notOptedIn();
  const ensureClaim = ensureClaimAs(api.rights);
  const ensured = await Promise.all(Array.from({ length: 5 }, () => ensureClaim(namespace, { dryRun: false })));
  assert.deepEqual(
    ensured.map((claim) => claim.usable && claim.created),
    [true, false, false, false, false],
  );
});

test('a claim that vanishes from an opted-in namespace is made again', async () => {
  const namespace = await makeNamespace(api.controlPlane.config);
  const first = await eventually('the claim', () => core.readNamespacedPersistentVolumeClaim({ namespace, name }));
  await core.deleteNamespacedPersistentVolumeClaim({ namespace, name });
  await eventually('another claim', async () => {
    const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
    return claim.metadata?.uid !== first.metadata?.uid && !claim.metadata?.deletionTimestamp;
  });
});

test('a namespace that is being deleted is not fought over', async () => {
  const namespace = await makeNamespace(api.controlPlane.config);
  await eventually('the claim', () => core.readNamespacedPersistentVolumeClaim({ namespace, name }));
  await core.deleteNamespace({ name: namespace });
  await eventually('the namespace is gone', () =>
    core.readNamespace({ name: namespace }).then(
      () => false,
      (error: { code?: number }) => error.code === 404,
    ),
  );
  const complaints = webhook.log.filter((entry) => entry.namespace === namespace && entry.level !== 'info');
  assert.ok(complaints.length <= 2, JSON.stringify(complaints));
});

test('in a namespace that is being deleted the pod is denied in the words of the API server', async () => {
  const namespace = await notOptedIn();
  const metadata = { name: 'holds-the-namespace', finalizers: ['example.com/hold'] };
  await core.createNamespacedConfigMap({ namespace, body: { metadata } });
  await core.deleteNamespace({ name: namespace });
  await optIn(namespace);
  const status = await eventually('the denial', async () => (await review(namespace)).status);
  assert.equal(status.code, 403);
  assert.match(status.message, /unable to create new content in namespace .* because it is being terminated/);
  await core.patchNamespacedConfigMap({
    namespace,
    name: metadata.name,
    body: [{ op: 'remove', path: '/metadata/finalizers' }],
  });
});

test('a claim that somebody made before us is used as it is', async () => {
  const namespace = await notOptedIn();
  const made = await createClaim(namespace, claimOf({}, { labels: { team: 'vision' } }));
  const before = await webhook.metric('dvc_injector_claims_created_total');
  await optIn(namespace);
  assert.equal((await review(namespace)).allowed, true);
  const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
  assert.equal(claim.metadata?.uid, made.metadata?.uid);
  assert.deepEqual(claim.metadata?.labels, { team: 'vision' });
  assert.equal(await webhook.metric('dvc_injector_claims_created_total'), before);
});

test('two replicas that create at once: one claim, both admit', async () => {
  await using second = await startWebhookProcess({ kubeConfig: api.rights });
  const namespaces = await Promise.all(Array.from({ length: 8 }, notOptedIn));
  await Promise.all(namespaces.map(optIn));
  // Not awaited to be ready: with an empty cache it must still answer, by asking the API server.
  const answers = await Promise.all(
    namespaces.flatMap((namespace) =>
      [webhook, second].flatMap((at) => [review(namespace, false, at), review(namespace, false, at)]),
    ),
  );
  assert.ok(answers.every(({ allowed }) => allowed));
  for (const namespace of namespaces) {
    assert.equal((await core.listNamespacedPersistentVolumeClaim({ namespace })).items.length, 1);
  }
});

test('a dry run says what the real review will say, and makes no claim', async () => {
  const namespace = await notOptedIn();
  const ensureClaim = ensureClaimAs(api.rights);
  const dry = await ensureClaim(namespace, { dryRun: true });
  assert.deepEqual((await core.listNamespacedPersistentVolumeClaim({ namespace })).items, []);
  const real = await ensureClaim(namespace, { dryRun: false });
  assert.equal((await core.listNamespacedPersistentVolumeClaim({ namespace })).items.length, 1);
  assert.ok(dry.usable && real.usable);
  assert.deepEqual(dry.warnings, real.warnings);
});

test('a dry run beside a real review of the same namespace does not keep it from making the claim', async () => {
  const namespace = await notOptedIn();
  const ensureClaim = ensureClaimAs(api.rights);
  const ensured = await Promise.all([true, false, true].map((dryRun) => ensureClaim(namespace, { dryRun })));
  assert.ok(ensured.every(({ usable }) => usable));
  assert.equal((await core.listNamespacedPersistentVolumeClaim({ namespace })).items.length, 1);
});

test('a new claim of class "" warns that it binds any volume that fits, and says it in one printable line', async () => {
  const claim = await ensureClaimAs(api.rights)(await notOptedIn(), { dryRun: false });
  const warnings = claim.usable ? claim.warnings : [];
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /was created with storage class "": it binds any free PersistentVolume that fits/);
});

test('kubectl prints the warning of a Pending claim beside the created pod', async () => {
  const namespace = await makeNamespace(api.controlPlane.config);
  await eventually('the claim', () => core.readNamespacedPersistentVolumeClaim({ namespace, name }));
  await eventually('the webhook has seen it', async () => (await review(namespace)).warnings?.[0]?.includes('Pending'));
  const { stdout, stderr } = await api.controlPlane.kubectl(['-n', namespace, 'create', '-f', '-'], {
    input: stringify(podNaming(reference, { name: 'train' })),
    check: true,
  });
  assert.match(stdout, /^pod\/train created/);
  assert.equal(
    stderr,
    `Warning: claim ${namespace}/${name} is Pending until a free PersistentVolume of class "" fits it, any one unless storage.volumeName pins it; details: kubectl -n ${namespace} describe pvc ${name}`,
  );
});

test('a Bound claim is no reason for a warning', async () => {
  const namespace = await notOptedIn();
  await core.createPersistentVolume({
    body: {
      metadata: { name: `volume-of-${namespace}` },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteMany'],
        storageClassName: '',
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace, name },
        hostPath: { path: '/nowhere' },
      },
    },
  });
  await optIn(namespace);
  await eventually('the claim is bound', async () => {
    const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
    return claim.status?.phase === 'Bound';
  });
  const reply = await eventually('no warning', async () => {
    const answer = await review(namespace);
    return answer.warnings === undefined && answer;
  });
  assert.equal(reply.allowed, true);
});

test('a Terminating claim is denied, for a dry run too, and as soon as it is gone the same pod is let in', async () => {
  const namespace = await notOptedIn();
  await createClaim(namespace, claimOf({}, { finalizers: ['example.com/in-use'] }));
  await core.deleteNamespacedPersistentVolumeClaim({ namespace, name });
  await optIn(namespace);
  for (const dryRun of [false, true]) {
    const { allowed, status } = await review(namespace, dryRun);
    assert.equal(allowed, false);
    assert.deepEqual([status?.code, status?.reason], [409, 'Conflict']);
    assert.match(status?.message ?? '', new RegExp(`kubectl -n ${namespace} describe pvc ${name}`));
    assert.match(status?.message ?? '', /is being deleted and waits for the pods that still use it/);
  }
  await core.patchNamespacedPersistentVolumeClaim({
    namespace,
    name,
    body: [{ op: 'remove', path: '/metadata/finalizers' }],
  });
  await eventually('the pod is let in', async () => (await review(namespace)).allowed);
  const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
  assert.equal(claim.metadata?.deletionTimestamp, undefined);
});

test('a Lost claim is denied with the command that mends it', async () => {
  const namespace = await notOptedIn();
  const volumeName = `lost-${namespace}`;
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' };
  await createClaim(namespace, claimOf({ volumeName }, { annotations }));
  await eventually('the claim is Lost', async () => {
    const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
    return claim.status?.phase === 'Lost';
  });
  await optIn(namespace);
  const status = await eventually('the denial', async () => (await review(namespace)).status);
  assert.match(
    status.message,
    new RegExp(
      `is Lost: its PersistentVolume ${volumeName} no longer exists; .*: kubectl -n ${namespace} delete pvc ${name}`,
    ),
  );
});

test('a claim of another class or mode is denied, saying both, and what to do', async () => {
  for (const [spec, says] of [
    [{ storageClassName: 'gp3' }, /is of storage class "gp3", and dvc-injector is configured for ""/],
    [{ accessModes: ['ReadWriteOnce'] }, /has the access modes ReadWriteOnce and lacks ReadWriteMany/],
    [{ volumeMode: 'Block' }, /has volumeMode Block/],
  ] as const) {
    const namespace = await notOptedIn();
    await createClaim(
      namespace,
      claimOf({ ...spec, accessModes: [...('accessModes' in spec ? spec.accessModes : ['ReadWriteMany'])] }),
    );
    await optIn(namespace);
    const { status } = await review(namespace);
    assert.equal(status?.code, 409);
    assert.match(status?.message ?? '', says);
    assert.match(status?.message ?? '', new RegExp(`kubectl -n ${namespace} delete pvc ${name}`));
  }
});

test('a quota on claims: its own words reach the user, in a dry run too', async () => {
  const namespace = await notOptedIn();
  await core.createNamespacedResourceQuota({
    namespace,
    body: { metadata: { name: 'no-more' }, spec: { hard: { persistentvolumeclaims: '0' } } },
  });
  await eventually('the quota counts', async () => {
    const quota = await core.readNamespacedResourceQuota({ namespace, name: 'no-more' });
    return quota.status?.used?.persistentvolumeclaims === '0';
  });
  await optIn(namespace);
  for (const dryRun of [true, false]) {
    const { status } = await review(namespace, dryRun);
    assert.deepEqual([status?.code, status?.reason], [403, 'Forbidden']);
    assert.match(
      status?.message ?? '',
      /refuses to create claim .*: exceeded quota: no-more, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=0, limited: persistentvolumeclaims=0/,
    );
  }
  assert.ok((await webhook.metric('dvc_injector_claim_denials_total{reason="claim-refused"}')) >= 2);
});

test('kubectl shows the quota to whoever creates the pod', async () => {
  const namespace = await notOptedIn();
  const hard = { persistentvolumeclaims: '0' };
  await core.createNamespacedResourceQuota({ namespace, body: { metadata: { name: 'no-more' }, spec: { hard } } });
  await eventually('the quota counts', async () => {
    const quota = await core.readNamespacedResourceQuota({ namespace, name: 'no-more' });
    return quota.status?.used !== undefined;
  });
  await optIn(namespace);
  const manifest = stringify(podNaming(reference, { name: 'train' }));
  const stderr = await eventually('the denial', async () => {
    const printed = await api.controlPlane.kubectl(['-n', namespace, 'create', '--dry-run=server', '-f', '-'], {
      input: manifest,
    });
    return printed.exitCode === 1 && printed.stderr;
  });
  assert.match(
    stderr,
    /^Error from server \(Forbidden\): .*denied the request: dvc-injector: the API server refuses to create claim .*exceeded quota: no-more/,
  );
});

test('a claim that another pod of the namespace left behind serves the next one: a refused pod costs nothing', async () => {
  const namespace = await makeNamespace(api.controlPlane.config);
  await core.createNamespacedResourceQuota({
    namespace,
    body: { metadata: { name: 'few' }, spec: { hard: { pods: '0' } } },
  });
  await eventually('the quota refuses the pod after us', () =>
    core.createNamespacedPod({ namespace, body: podNaming(reference) }).then(
      () => false,
      (error: { code?: number }) => error.code === 403,
    ),
  );
  const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
  await core.deleteNamespacedResourceQuota({ namespace, name: 'few' });
  await eventually('the next pod', () => core.createNamespacedPod({ namespace, body: podNaming(reference) }));
  const after = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
  assert.equal(after.metadata?.uid, claim.metadata?.uid);
});

test('without the right to create claims the denial is the API server’s own sentence, which names the verb', async () => {
  const mayNotCreate = clusterRules.map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') }));
  const kubeConfig = await clientWith(api.controlPlane, 'may-not-create', { cluster: mayNotCreate, own: ownRules });
  const claim = await ensureClaimAs(kubeConfig)(await notOptedIn(), { dryRun: false });
  assert.ok(!claim.usable);
  assert.equal(claim.reason, 'claim-refused');
  assert.match(
    claim.message,
    /User "system:serviceaccount:dvc-injector:may-not-create" cannot create resource "persistentvolumeclaims"/,
  );
});

test('without the right to watch claims the webhook is not ready, and its log names the right', async () => {
  const mayNotWatch = clusterRules.filter((rule) => !rule.resources?.includes('persistentvolumeclaims'));
  const kubeConfig = await clientWith(api.controlPlane, 'may-not-watch', { cluster: mayNotWatch, own: ownRules });
  await using poor = await startWebhookProcess({ kubeConfig });
  await eventually('the line in the log', async () =>
    poor.log.some((entry) => entry.needs === 'list and watch on persistentvolumeclaims in all namespaces'),
  );
  const { status, body } = await eventually('the namespaces are listed', async () => {
    const answer = await poor.readyz();
    return !answer.body.includes('namespaces') && answer;
  });
  assert.deepEqual([status, body], [503, 'claims: the first list of persistentvolumeclaims is not there yet\n']);
});

test('the claim is made as the configuration says', async () => {
  const storage = { claimName: 'datasets', className: 'efs-sc', size: '1Ti', accessModes: ['ReadWriteMany'] };
  await using other = await startWebhookProcess({ kubeConfig: api.rights, config: { storage } });
  const namespace = await notOptedIn();
  await optIn(namespace);
  assert.equal((await review(namespace, false, other)).allowed, true);
  const claim = await api.controlPlane.config
    .makeApiClient(CoreApi)
    .readNamespacedPersistentVolumeClaim({ namespace, name: 'datasets' });
  assert.equal(claim.spec?.storageClassName, 'efs-sc');
  assert.equal(claim.spec?.resources?.requests?.storage, '1Ti');
  await eventually(
    'the webhook has seen it',
    async () => (await review(namespace, false, other)).warnings !== undefined,
  );
  const second = await review(namespace, false, other);
  assert.match(second.warnings?.[0] ?? '', /is Pending, as is usual where class "efs-sc" waits for the first pod/);
});
