/** That the control plane of the other suites is a real one, and goes when it should. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { BatchV1Api, CoreV1Api } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { kubernetesVersion, provideKubernetes } from '../../provision/kubernetes.ts';
import { issue, makeAuthority } from '../support/cluster/certificates.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { listenOnLoopback } from '../support/servers/loopback.ts';

// This is about the control plane of our own build, whatever the user has for the other suites.
delete process.env.DVC_INJECTOR_TEST_KUBECONFIG;
delete process.env.KUBEBUILDER_ASSETS;

let controlPlane: ControlPlane;
let core: CoreV1Api;
before(async () => {
  controlPlane = await startControlPlane();
  core = controlPlane.config.makeApiClient(CoreV1Api);
});
after(() => controlPlane?.stop());

const container = { name: 'main', image: 'busybox' };

async function makeNamespace(labels: Record<string, string> = {}): Promise<string> {
  const made = await core.createNamespace({ body: { metadata: { generateName: 'self-test-', labels } } });
  const namespace = made.metadata?.name ?? '';
  await eventually('the ServiceAccount of a new namespace', () =>
    core.readNamespacedServiceAccount({ name: 'default', namespace }),
  );
  return namespace;
}

function makeClaim(namespace: string, volumeName: string) {
  const spec = {
    storageClassName: '',
    accessModes: ['ReadWriteMany'],
    resources: { requests: { storage: '1Gi' } },
    volumeName,
  };
  return core.createNamespacedPersistentVolumeClaim({ namespace, body: { metadata: { name: 'shared' }, spec } });
}

test('the API server and kubectl are of the version that go.mod pins', async () => {
  const { stdout } = await controlPlane.kubectl(['version', '--output=json'], { check: true });
  const versions = JSON.parse(stdout);
  assert.equal(versions.serverVersion.gitVersion, kubernetesVersion());
  assert.equal(versions.clientVersion.gitVersion, kubernetesVersion());
});

test('a deleted namespace goes with what is in it', async () => {
  const namespace = await makeNamespace();
  await core.createNamespacedPod({ namespace, body: { metadata: { name: 'pod' }, spec: { containers: [container] } } });
  await controlPlane.kubectl(['delete', 'namespace', namespace], { check: true });
  await assert.rejects(core.readNamespace({ name: namespace }), { code: 404 });
});

test('a claim is Pending without a volume and Bound when a hostPath volume comes', async () => {
  const namespace = await makeNamespace();
  await makeClaim(namespace, `volume-of-${namespace}`);
  const phase = async () =>
    (await core.readNamespacedPersistentVolumeClaim({ namespace, name: 'shared' })).status?.phase;
  await eventually('the claim is Pending', async () => (await phase()) === 'Pending');
  const spec = {
    storageClassName: '',
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteMany'],
    hostPath: { path: '/nowhere' },
  };
  await core.createPersistentVolume({ body: { metadata: { name: `volume-of-${namespace}` }, spec } });
  await eventually('the claim is Bound', async () => (await phase()) === 'Bound');
});

test('a Job makes its pod', async () => {
  const namespace = await makeNamespace();
  const template = { spec: { restartPolicy: 'Never', containers: [container] } };
  const body = { metadata: { name: 'training' }, spec: { template } };
  await controlPlane.config.makeApiClient(BatchV1Api).createNamespacedJob({ namespace, body });
  const pod = await eventually('a pod of the Job', async () => {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'job-name=training' });
    return items[0];
  });
  assert.equal(pod.spec?.containers[0]?.image, 'busybox');
});

test('Pod Security is on, and kubectl returns the refusal instead of throwing', async () => {
  const namespace = await makeNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod' }, spec: { containers: [container] } };
  const result = await controlPlane.kubectl(['create', '-n', namespace, '-f', '-'], { input: stringify(pod) });
  assert.equal(result.exitCode, 1);
  assert.match(result.stderr, /violates PodSecurity "restricted/);
});

test('a checked kubectl throws with what kubectl said', async () => {
  await assert.rejects(
    controlPlane.kubectl(['get', 'namespace', 'no-such-namespace'], { check: true }),
    /get namespace no-such-namespace ended with exit code 1:\nError from server \(NotFound\)/,
  );
});

test('a ServiceAccount may do what RBAC grants it and nothing else', async () => {
  const namespace = await makeNamespace();
  const grant = ['create', 'rolebinding', 'view', '--clusterrole=view', `--serviceaccount=${namespace}:default`];
  await controlPlane.kubectl([...grant, '-n', namespace], { check: true });
  const limited = await controlPlane.kubeConfigFor({ serviceAccount: 'default', namespace });
  const client = limited.makeApiClient(CoreV1Api);
  await client.listNamespacedPod({ namespace });
  await assert.rejects(client.listNamespacedPod({ namespace: 'default' }), { code: 403 });
});

test('a user is who the certificate says, with its groups', async () => {
  const config = await controlPlane.kubeConfigFor({ user: 'ada', groups: ['team-a', 'team-b'] });
  const file = join(dirname(controlPlane.kubeconfig), 'ada.kubeconfig');
  writeFileSync(file, config.exportConfig());
  const asAda = ['auth', 'whoami', `--kubeconfig=${file}`, '--output=json'];
  const { stdout } = await controlPlane.kubectl(asAda, { check: true });
  const { userInfo } = JSON.parse(stdout).status;
  assert.equal(userInfo.username, 'ada');
  assert.deepEqual(userInfo.groups.slice(0, 2), ['team-a', 'team-b']);
});

test('a webhook at https://127.0.0.1 is called', async (t) => {
  const authority = await makeAuthority('webhook authority');
  const serving = await issue(authority, { commonName: 'webhook', hosts: ['127.0.0.1'] });
  const server = createServer(serving, async (request, response) => {
    const { request: asked } = JSON.parse(await text(request));
    const answer = { uid: asked.uid, allowed: false, status: { message: `no ${asked.name} here` } };
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
  });
  const port = await listenOnLoopback(server);
  t.after(() => server.close().closeAllConnections());

  const namespace = await makeNamespace();
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: `hook-of-${namespace}` },
    webhooks: [
      {
        name: 'hook.dvc.io',
        clientConfig: {
          url: `https://127.0.0.1:${port}/mutate`,
          caBundle: Buffer.from(authority.cert).toString('base64'),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      },
    ],
  };
  await controlPlane.kubectl(['create', '-f', '-'], { input: stringify(configuration), check: true });
  t.after(() => controlPlane.kubectl(['delete', 'mutatingwebhookconfiguration', configuration.metadata.name]));
  // The API server learns of a new webhook a moment after it accepted it.
  await eventually('the webhook refuses', async () => {
    const create = ['create', 'configmap', 'words', '-n', namespace, '--dry-run=server'];
    return (await controlPlane.kubectl(create)).stderr.includes('denied the request: no words here');
  });
});

test('a component that fails to start is named with the end of its log, and nothing stays behind', async (t) => {
  const flags = ['--enable-admission-plugins=NoSuchPlugin'];
  const failure: Error = await startControlPlane({ apiServerFlags: flags }).then(
    () => assert.fail('it started'),
    (error) => error,
  );
  assert.match(failure.message, /^kube-apiserver ended with exit code 1\. The end of .*:\n[\s\S]*NoSuchPlugin/);
  const log = /The end of (\S+):/.exec(failure.message)?.[1] ?? '';
  t.after(() => rmSync(dirname(log), { recursive: true }));
  const command = readFileSync(join(dirname(log), 'etcd.log'), 'utf8');
  assert.ok(existsSync(log));
  const folder = /"data-dir":"([^"]+)\/etcd"/.exec(command)?.[1] ?? '';
  assert.deepEqual([processesWith(folder), existsSync(folder)], [[], false]);
});

for (const { title, environment } of [
  { title: 'our own binary', environment: async () => ({}) },
  { title: 'the binaries of KUBEBUILDER_ASSETS', environment: foreignAssets },
]) {
  test(`a killed test process leaves nothing behind: ${title}`, async (t) => {
    const holder = spawn(process.execPath, [join(import.meta.dirname, '../support/cluster/hold.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...(await environment()) },
    });
    t.after(() => holder.kill('SIGKILL'));
    const [kubeconfig] = await once(createInterface(holder.stdout), 'line');
    const folder = dirname(kubeconfig);
    assert.ok(processesWith(folder).length >= 3);
    holder.kill('SIGKILL');
    await eventually('its processes are gone', async () => processesWith(folder).length === 0);
    assert.ok(!existsSync(folder));
  });
}

test('a cluster named by DVC_INJECTOR_TEST_KUBECONFIG is used and outlives stop', async (t) => {
  process.env.DVC_INJECTOR_TEST_KUBECONFIG = controlPlane.kubeconfig;
  t.after(() => delete process.env.DVC_INJECTOR_TEST_KUBECONFIG);
  {
    await using existing = await startControlPlane();
    assert.equal(existing.config.getCurrentCluster()?.server, controlPlane.config.getCurrentCluster()?.server);
    await existing.kubectl(['get', 'namespaces'], { check: true });
  }
  await core.listNamespace();
});

/** The ids of all processes whose command line has this text. Zombies have none. */
function processesWith(words: string): string[] {
  assert.notEqual(words, '');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((id) => {
      try {
        return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(words);
      } catch {
        return false; // it ended meanwhile
      }
    });
}

/** A folder such as setup-envtest makes: programs that know nothing of our lifeline, and no controller-manager. */
async function foreignAssets(): Promise<Record<string, string>> {
  const assets = mkdtempSync(join(tmpdir(), 'dvc-injector-assets-'));
  after(() => rmSync(assets, { recursive: true }));
  const commands = await provideKubernetes(['etcd', 'kube-apiserver', 'kubectl']);
  for (const [part, [program, ...args]] of Object.entries(commands)) {
    const file = join(assets, part);
    writeFileSync(file, `#!/bin/sh\nexec '${program}' ${args.join(' ')} "$@"\n`);
    chmodSync(file, 0o755);
  }
  return { KUBEBUILDER_ASSETS: assets };
}
