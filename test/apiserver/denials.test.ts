/** Each denial as the user meets it: what `kubectl create` prints, in one line, with the way out. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { V1Pod } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { type DenialReason, denialStatus, reasons } from '../../src/admission/reasons.ts';
import { makeNamespace, podNaming, reference } from '../support/cluster/objects.ts';
import { type ApiTest, startApiTest } from '../support/webhook/api-test.ts';
import type { WebhookProcess } from '../support/webhook/webhook-process.ts';

let api: ApiTest;
let webhook: WebhookProcess;
let namespace: string;
before(async () => {
  api = await startApiTest();
  webhook = await api.serve({ config: { repositories: { allowed: ['https://git.example.com/ml/**'] } } });
  namespace = await makeNamespace(api.controlPlane.config);
});
after(() => api?.[Symbol.asyncDispose]());

interface Case {
  reason: DenialReason;
  situation: string;
  pod: V1Pod;
  /** What kubectl says after the fixed beginning. */
  says: RegExp;
}

/** How kubectl begins, by the code of the denial. */
const kubectlPrefix: Record<number, string> = {
  400: 'Error from server (BadRequest): ',
  403: 'Error from server (Forbidden): ',
  409: 'Error from server (Conflict): ',
  422: 'The request is invalid: ',
};

const annotated = (annotations: Record<string, string>) => podNaming(reference, { annotations });
const withSpec = (spec: Record<string, unknown>, pod = podNaming(reference)): V1Pod => ({
  ...pod,
  spec: { ...pod.spec, ...spec } as V1Pod['spec'] & object,
});
const main = { name: 'main', image: 'registry.example.com/train:1' };
const claimVolume = (name: string, more = {}) => ({
  name,
  persistentVolumeClaim: { claimName: 'data-sharing-pvc', ...more },
});

const cases: Case[] = [
  {
    reason: 'invalid-reference',
    situation: 'a branch in place of the sha',
    pod: podNaming('https://git.example.com/ml/images@main:train'),
    says: /annotation dvc\.io\/dataset: "main" is a branch or tag, which can move; the sha must be the commit's full 40 or 64 hex digits/,
  },
  {
    reason: 'invalid-reference',
    situation: 'credentials in the address, which are not repeated',
    pod: podNaming(reference.replace('https://', 'https://me:hunter2@')),
    says: /annotation dvc\.io\/dataset: the repository's address must hold no user, password, token or query/,
  },
  {
    reason: 'invalid-annotation',
    situation: 'a container that the pod lacks',
    pod: annotated({ 'dvc.io/containers': 'trainer' }),
    says: /annotation dvc\.io\/containers: the pod has no container trainer; it has main/,
  },
  {
    reason: 'scheme-not-allowed',
    situation: 'http, which the admin has not allowed',
    pod: podNaming(reference.replace('https://', 'http://')),
    says: /annotation dvc\.io\/dataset: the repository's scheme http:\/\/ is not allowed here/,
  },
  {
    reason: 'repository-not-allowed',
    situation: 'a repository outside the allowed globs',
    pod: podNaming(reference.replace('/ml/', '/other/')),
    says: /the repository https:\/\/git\.example\.com\/other\/images is not allowed in this cluster \(allowed: https:\/\/git\.example\.com\/ml\/\*\*\)/,
  },
  {
    reason: 'above-maximum',
    situation: 'more memory than the maximum',
    pod: annotated({ 'dvc.io/memory': '64Gi' }),
    says: /annotation dvc\.io\/memory: 64Gi is above the admin's maximum of 32Gi; ask for less/,
  },
  {
    reason: 'mount-conflict',
    situation: 'a mount of the user at /mnt',
    pod: withSpec({
      containers: [{ ...main, volumeMounts: [{ name: 'mine', mountPath: '/mnt' }] }],
      volumes: [{ name: 'mine', emptyDir: {} }],
    }),
    says: /container main mounts volume mine at \/mnt, which collides with .*dvc\.io\/mount-path/,
  },
  {
    reason: 'name-conflict',
    situation: "a container of the user's own called dvc-fetch",
    pod: withSpec({ initContainers: [{ ...main, name: 'dvc-fetch' }] }),
    says: /dvc-fetch.* has a name that dvc-injector needs for its own; rename it/,
  },
  {
    reason: 'claim-volume-unusable',
    situation: 'the claim as a readOnly volume',
    pod: withSpec({ volumes: [claimVolume('shared', { readOnly: true })] }),
    says: /volume shared has persistentVolumeClaim\.readOnly: true, .* set readOnly: true on the volumeMounts instead/,
  },
  {
    reason: 'unsupported-pod',
    situation: 'a Windows pod',
    pod: withSpec({ os: { name: 'windows' } }),
    says: /the pod is for Windows/,
  },
  {
    reason: 'pod-resources-exceeded',
    situation: "an init container larger than the pod's own budget",
    pod: withSpec({ resources: { requests: { cpu: '500m' }, limits: { cpu: '500m' } } }),
    says: /the init container needs cpu 1, more than the pod's own spec\.resources/,
  },
];

for (const { reason, situation, pod, says } of cases) {
  test(`${reason}: ${situation}`, async () => {
    const before = await webhook.metric(metricOf(reason));
    const { stderr, stdout, exitCode } = await api.controlPlane.kubectl(['-n', namespace, 'create', '-f', '-'], {
      input: stringify(pod),
    });
    assert.equal(exitCode, 1);
    assert.equal(stdout, '');
    assert.equal(stderr.split('\n').length, 1, 'kubectl prints one line');
    const beginning = `${kubectlPrefix[denialStatus(reason).code]}error when creating "STDIN": admission webhook "inject.dvc.io" denied the request: dvc-injector: `;
    assert.equal(stderr.slice(0, beginning.length), beginning);
    assert.match(stderr.slice(beginning.length), says);
    assert.doesNotMatch(stderr, /hunter2/);
    assert.equal((await webhook.metric(metricOf(reason))) - before, 1);
  });
}

test('injected-for-another: an edited copy of a running pod', async () => {
  const pod = await api.core.createNamespacedPod({ namespace, body: podNaming(reference, { name: 'running' }) });
  const annotations = { 'dvc.io/dataset': reference.replace(':train', ':test') };
  const copy = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'copy', annotations }, spec: pod.spec ?? null };
  const { stderr } = await api.controlPlane.kubectl(['-n', namespace, 'create', '-f', '-'], { input: stringify(copy) });
  assert.match(
    stderr,
    /^Error from server \(Conflict\): .*dvc-injector: the pod was injected for https:.*:train, .*remove/,
  );
});

test('root-user: a root pod whose user the init container is configured to inherit', async () => {
  const inheriting = await api.serve({ config: { fetcher: { runAsUser: null, runAsGroup: null } } });
  try {
    const pod = withSpec({ securityContext: { runAsUser: 0 } });
    const { stderr } = await api.controlPlane.kubectl(['-n', namespace, 'create', '-f', '-'], {
      input: stringify(pod),
    });
    assert.match(
      stderr,
      /dvc-injector: the init container inherits the pod's user, and securityContext\.runAsUser is 0/,
    );
  } finally {
    await inheriting.kill();
  }
});

test('no denial is without a test', () => {
  const elsewhere: DenialReason[] = [
    // Above.
    'injected-for-another',
    'root-user',
    // The API server refuses these by itself, before it asks a webhook; they are tested over HTTP.
    'malformed-review',
    'namespace-mismatch',
    // forged-reviews.test.ts
    'namespace-not-opted-in',
    // claims.test.ts and outages.test.ts
    'claim-unusable',
    'claim-refused',
    'api-unavailable',
    // Nor can the API server make so many at once; test/unit/webhook/attacks.test.ts
    'overloaded',
    // A bug can't be ordered.
    'internal-error',
  ];
  const denials = Object.entries(reasons)
    .filter(([, row]) => row.decision === 'deny')
    .map(([reason]) => reason);
  assert.deepEqual([...new Set([...cases.map(({ reason }) => reason), ...elsewhere])].sort(), denials.sort());
});

function metricOf(reason: DenialReason): string {
  return `dvc_injector_admission_decisions_total{decision="deny",reason="${reason}"}`;
}
