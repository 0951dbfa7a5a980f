/**
 * The chart installed by Helm into a real API server, and the real webhook run as the chart would run it: by the
 * configuration file that it rendered and with the rights of its ServiceAccount. There is no node, so no pod runs.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AdmissionregistrationV1Api, CoreV1Api, type KubeConfig, PolicyV1Api } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { apiFailure } from '../../src/kubernetes/failure.ts';
import { chart, helm, release, render, type Values } from '../support/chart/helm.ts';
import { everything } from '../support/chart/values.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { eventually } from '../support/eventually.ts';
import { startWebhookProcess, type WebhookProcess } from '../support/webhook/webhook-process.ts';

const { fullname, namespace } = release;
const values: Values = { config: { storage: { className: 'efs' } } };
let controlPlane: ControlPlane;
let core: CoreV1Api;
let registrations: AdmissionregistrationV1Api;
let rights: KubeConfig;
let webhook: WebhookProcess;

before(async () => {
  controlPlane = await startControlPlane();
  core = controlPlane.config.makeApiClient(CoreV1Api);
  registrations = controlPlane.config.makeApiClient(AdmissionregistrationV1Api);
});
after(async () => {
  await webhook?.kill();
  await controlPlane?.stop();
});

const helmHere = (args: readonly string[], more: Values = {}) =>
  helm([...args, '--namespace', namespace], { values: { ...values, ...more }, kubeconfig: controlPlane.kubeconfig });
const registration = () => registrations.readMutatingWebhookConfiguration({ name: fullname });
const caBundle = async () => (await registration()).webhooks?.[0]?.clientConfig.caBundle ?? '';

/** Leads the API server's calls of the Service to a process on loopback; it still checks the certificate for the Service. */
async function leadTo(process: WebhookProcess): Promise<void> {
  const toLoopback = [
    { op: 'add', path: '/spec/type', value: 'ExternalName' },
    { op: 'add', path: '/spec/externalName', value: 'localhost' },
  ];
  await core.patchNamespacedService({ namespace, name: fullname, body: toLoopback });
  await registrations.patchMutatingWebhookConfiguration({
    name: fullname,
    body: [{ op: 'add', path: '/webhooks/0/clientConfig/service/port', value: process.port }],
  });
}

/** The configuration that is on the cluster; only addresses are the test's. */
async function startAsInstalled(): Promise<WebhookProcess> {
  const configMap = await core.readNamespacedConfigMap({ namespace, name: fullname });
  const config = parse(configMap.data?.['config.yaml'] ?? '');
  return startWebhookProcess({ kubeConfig: rights, config });
}

test('helm install creates every object, and says the next command', async () => {
  const { stdout, stderr, exitCode } = await helmHere(['install', release.name, chart, '--create-namespace']);
  assert.equal(exitCode, 0, stderr);
  assert.doesNotMatch(stderr, /Warning/i);
  assert.match(stdout, /kubectl -n platform rollout status deployment\/team-dvc-injector/);
  assert.match(stdout, /kubectl label namespace NAMESPACE dvc\.io\/dataset-injection=enabled/);
  await controlPlane.kubectl(['-n', namespace, 'get', 'deployment,service,configmap,serviceaccount', fullname], {
    check: true,
  });
});

test('the Deployment makes its pods, also in a namespace of Pod Security "restricted"', async () => {
  await core.patchNamespace({
    name: namespace,
    body: [{ op: 'add', path: '/metadata/labels/pod-security.kubernetes.io~1enforce', value: 'restricted' }],
  });
  await controlPlane.kubectl(['-n', namespace, 'delete', 'pods', '--all', '--wait=false'], { check: true });
  const pods = await eventually('two pods', async () => {
    const { items } = await core.listNamespacedPod({ namespace });
    const here = items.filter((pod) => !pod.metadata?.deletionTimestamp);
    return here.length === 2 && here;
  });
  assert.equal(pods[0]?.spec?.serviceAccountName, fullname);
  const policy = controlPlane.config.makeApiClient(PolicyV1Api);
  const budget = await eventually('the budget counts them', async () => {
    const read = await policy.readNamespacedPodDisruptionBudget({ namespace, name: fullname });
    return read.status?.expectedPods === 2 && read;
  });
  assert.equal(budget.spec?.maxUnavailable, 1);
});

test('the webhook gets ready with the rights of its ServiceAccount and admits a pod, whose claim it makes', async () => {
  rights = await controlPlane.kubeConfigFor({ serviceAccount: fullname, namespace });
  webhook = await startAsInstalled();
  await webhook.ready();
  await leadTo(webhook);
  const team = await makeNamespace(controlPlane.config);
  const pod = await eventually('a pod is admitted', () =>
    core.createNamespacedPod({ namespace: team, body: podNaming(reference) }),
  );
  assert.equal(pod.spec?.initContainers?.[0]?.name, 'dvc-fetch');
  const claim = await core.readNamespacedPersistentVolumeClaim({ namespace: team, name: 'data-sharing-pvc' });
  assert.equal(claim.spec?.storageClassName, 'efs');
  const refused = webhook.log.filter((entry) => 'needs' in entry);
  assert.deepEqual(refused, []);
});

test('a claim that vanishes, and one that is there already, are within its rights too', async () => {
  const team = await makeNamespace(controlPlane.config);
  const read = () => core.readNamespacedPersistentVolumeClaim({ namespace: team, name: 'data-sharing-pvc' });
  const first = await eventually('the claim of a new namespace', read);
  await core.deleteNamespacedPersistentVolumeClaim({ namespace: team, name: 'data-sharing-pvc' });
  await eventually('the claim again', async () => (await read()).metadata?.uid !== first.metadata?.uid);
  await core.createNamespacedPod({ namespace: team, body: podNaming(reference) });
});

test('helm upgrade leaves the caBundle as it is', async () => {
  const before = await caBundle();
  assert.notEqual(before, '');
  await webhook.kill(); // so that nobody could have put it back
  const { stderr, exitCode } = await helmHere(['upgrade', release.name, chart], {
    replicas: 3,
    config: { storage: { className: 'efs', size: '20Gi' } },
  });
  assert.equal(exitCode, 0, stderr);
  assert.equal(await caBundle(), before);
  assert.equal((await registration()).webhooks?.[0]?.clientConfig.service?.port, 443);
});

test('a caBundle that somebody wipes is put back', async () => {
  webhook = await startAsInstalled();
  await webhook.ready();
  await registrations.patchMutatingWebhookConfiguration({
    name: fullname,
    body: [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }],
  });
  await eventually('the caBundle', async () => (await caBundle()) !== '');
});

test('the ServiceAccount may do nothing else', async () => {
  const mine = rights.makeApiClient(CoreV1Api);
  const webhooks = rights.makeApiClient(AdmissionregistrationV1Api);
  const team = await makeNamespace(controlPlane.config);
  const claim = { namespace: team, name: 'data-sharing-pvc' };
  await eventually('the claim', () => core.readNamespacedPersistentVolumeClaim(claim));
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'other' } } });
  const hook = { name: 'other.example.com', clientConfig: { url: 'https://example.com' } };
  const other = { ...hook, admissionReviewVersions: ['v1'], sideEffects: 'None' };
  await registrations.createMutatingWebhookConfiguration({ body: { metadata: { name: 'other' }, webhooks: [other] } });
  const beyond: Record<string, () => Promise<unknown>> = {
    'delete a claim': () => mine.deleteNamespacedPersistentVolumeClaim(claim),
    'change a claim': () => mine.patchNamespacedPersistentVolumeClaim({ ...claim, body: [] }),
    'make a volume': () => mine.createPersistentVolume({ body: { metadata: { name: 'x' }, spec: {} } }),
    'read pods': () => mine.listNamespacedPod({ namespace: team }),
    'make a pod': () => mine.createNamespacedPod({ namespace: team, body: podNaming(null) }),
    "read a team's secrets": () => mine.listNamespacedSecret({ namespace: team }),
    'read another secret of its own namespace': () => mine.readNamespacedSecret({ namespace, name: 'other' }),
    'list the secrets of its own namespace': () => mine.listNamespacedSecret({ namespace }),
    'make a secret elsewhere': () =>
      mine.createNamespacedSecret({ namespace: team, body: { metadata: { name: 'x' } } }),
    'delete its own secret': () => mine.deleteNamespacedSecret({ namespace, name: `${fullname}-ca` }),
    'label a namespace': () => mine.patchNamespace({ name: team, body: [] }),
    'patch another registration': () => webhooks.patchMutatingWebhookConfiguration({ name: 'other', body: [] }),
    'delete its registration': () => webhooks.deleteMutatingWebhookConfiguration({ name: fullname }),
    'make a registration': () => webhooks.createMutatingWebhookConfiguration({ body: { metadata: { name: 'x' } } }),
  };
  for (const [what, call] of Object.entries(beyond)) {
    const failure = await call().then(
      () => null,
      (error: unknown) => apiFailure(error),
    );
    assert.equal(failure?.code, 403, what);
  }
});

test('each right is used: without it something of the webhook would be missing', async () => {
  // What the rules name, as the API server answers for this account; `create` on secrets can't be tied to a name.
  const { stdout } = await controlPlane.kubectl(
    ['auth', 'can-i', '--list', '-n', namespace, `--as=system:serviceaccount:${namespace}:${fullname}`, '--no-headers'],
    { check: true },
  );
  const own = stdout.split('\n').filter((line) => /^(persistentvolume|namespaces|secrets|mutating)/.test(line));
  assert.deepEqual(
    own.map((line) => line.replace(/ +/g, ' ').trim()).sort(),
    [
      'mutatingwebhookconfigurations.admissionregistration.k8s.io [] [team-dvc-injector] [list watch patch]',
      'namespaces [] [] [get list watch]',
      'persistentvolumeclaims [] [] [get list watch create]',
      'secrets [] [] [create]',
      'secrets [] [team-dvc-injector-ca] [list watch update]',
    ].sort(),
  );
});

test('the pod of helm test is one that the API server takes', async () => {
  const { stdout } = await helm(['get', 'hooks', release.name, '--namespace', namespace], {
    kubeconfig: controlPlane.kubeconfig,
  });
  await controlPlane.kubectl(['create', '--dry-run=server', '-f', '-'], { input: stdout, check: true });
});

test('the API server takes every object of other values and TLS modes too', async () => {
  const modes = ['self-signed', 'cert-manager', 'provided'] as const;
  for (const mode of modes) {
    const tls = { ...(everything.tls as Values), mode, provided: mode === 'provided' ? { secretName: 'mine' } : {} };
    for (const object of await render({ ...everything, fullnameOverride: `other-${mode}`, tls })) {
      // cert-manager's own kinds are unknown where it isn't installed.
      if (object.apiVersion?.startsWith('cert-manager.io/')) continue;
      const { stderr } = await controlPlane.kubectl(['create', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify(object),
        check: true,
      });
      assert.equal(stderr, '', `${object.kind} ${object.metadata?.name}`);
    }
  }
});

test('after helm uninstall annotated pods are created, claims are still there, and a reinstallation serves again', async () => {
  const team = await makeNamespace(controlPlane.config);
  const claim = { namespace: team, name: 'data-sharing-pvc' };
  const before = await eventually('the claim', () => core.readNamespacedPersistentVolumeClaim(claim));
  await webhook.kill();
  const { stderr, exitCode } = await helm(['uninstall', release.name, '--namespace', namespace], {
    kubeconfig: controlPlane.kubeconfig,
  });
  assert.equal(exitCode, 0, stderr);
  const left =
    'mutatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings,clusterroles,clusterrolebindings';
  const { stdout } = await controlPlane.kubectl([
    'get',
    left,
    '-l',
    `app.kubernetes.io/instance=${release.name}`,
    '-o',
    'name',
  ]);
  assert.equal(stdout, '');
  await eventually('an annotated pod is created', () =>
    core.createNamespacedPod({ namespace: team, body: podNaming(reference) }),
  );
  const after = await core.readNamespacedPersistentVolumeClaim(claim);
  assert.equal(after.metadata?.uid, before.metadata?.uid);
  assert.equal(after.metadata?.ownerReferences, undefined);

  const again = await helmHere(['install', release.name, chart]);
  assert.equal(again.exitCode, 0, again.stderr);
  rights = await controlPlane.kubeConfigFor({ serviceAccount: fullname, namespace });
  webhook = await startAsInstalled();
  await webhook.ready();
});
