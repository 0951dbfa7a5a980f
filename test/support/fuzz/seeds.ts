/** Healthy reviews that the fuzzer damages: between them they reach every step of the injection. */
import { podNaming, reference, reviewOf } from '../cluster/objects.ts';

const main = {
  name: 'main',
  image: 'registry.example.com/train:1',
  resources: { requests: { cpu: '2', memory: '4Gi' }, limits: { 'nvidia.com/gpu': '1', 'ephemeral-storage': '20Gi' } },
  env: [
    { name: 'A', value: 'b' },
    { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::1:role/r' },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token' },
  ],
  volumeMounts: [
    { name: 'work', mountPath: '/work' },
    { name: 'aws-iam-token', mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount', readOnly: true },
  ],
};

const rich = {
  ...podNaming(null, {
    generateName: 'train-',
    labels: { app: 'train', 'sidecar.istio.io/inject': 'true' },
    annotations: {
      'dvc.io/dataset.images': reference,
      'dvc.io/dataset.labels': reference.replace('images', 'labels').replace(':train', ':*'),
      'dvc.io/mount-path.images': '/data/images',
      'dvc.io/containers': 'main, wait',
      'dvc.io/data-dir': 'ml/data',
      'dvc.io/cpu': '500m',
      'dvc.io/memory.labels': '2Gi',
      'dvc.io/scratch': '20Gi',
      'dvc.io/git-secret': 'my-git',
      'kubectl.kubernetes.io/default-container': 'main',
    },
  }),
  spec: {
    serviceAccountName: 'train',
    securityContext: { runAsUser: 1000, fsGroup: 1000, runAsNonRoot: true },
    initContainers: [
      { name: 'istio-proxy', image: 'proxy', restartPolicy: 'Always' },
      { name: 'prepare', image: 'busybox', command: ['true'] },
    ],
    containers: [main, { name: 'wait', image: 'argoexec' }],
    volumes: [
      { name: 'work', emptyDir: {} },
      { name: 'shared', persistentVolumeClaim: { claimName: 'data-sharing-pvc' } },
      { name: 'aws-iam-token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    ],
    imagePullSecrets: [{ name: 'regcred' }],
    resources: { limits: { cpu: '8', memory: '64Gi' } },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ operator: 'Exists' }],
  },
};

/** Of pods in this namespace. */
export function seedsIn(namespace: string): readonly Record<string, unknown>[] {
  return [
    reviewOf(podNaming(reference), { namespace }),
    reviewOf(podNaming(reference, { name: 'train', namespace }), { namespace, dryRun: true, name: 'train' }),
    reviewOf(podNaming(null), { namespace }),
    reviewOf(rich, { namespace }),
    reviewOf(rich, {
      namespace,
      oldObject: null,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
      userInfo: { username: 'me' },
    }),
  ];
}
