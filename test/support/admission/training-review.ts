/** A review of some 2 KB as the API server sends it for a pod of a training Job: what the measurements of the webhook ask. */

/** Stands where a request's own uid belongs; the load program puts one in its place. */
export const placeholderUid = '00000000-0000-4000-8000-000000000000';

export interface TrainingReview {
  namespace: string;
  /** Pods of another number have another name, commit, mount path and variables, at the same length; 0 to 9999. */
  number?: number;
  uid?: string;
}

/** The review as a value; JSON.stringify makes the body. */
export function trainingReview({ namespace, number = 0, uid = placeholderUid }: TrainingReview) {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:job-controller',
        uid: '1c1c1a5f-6d9c-4b3f-9d53-6f0f3e3f3a11',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      },
      object: trainingPod(namespace, String(number).padStart(4, '0')),
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

function trainingPod(namespace: string, digits: string) {
  const job = `train-${digits}`;
  const labels = { 'batch.kubernetes.io/job-name': job, 'job-name': job };
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      generateName: `${job}-`,
      namespace,
      labels: { ...labels, 'batch.kubernetes.io/controller-uid': '5f0c7d0e-7b1a-4d3c-8e5f-2a9b6c1d4e7f' },
      annotations: {
        'dvc.io/dataset': `https://git.example.com/ml/images@${digits.repeat(10)}:train`,
        'dvc.io/mount-path': `/data/${digits}`,
        // For vault-k8s, which changes no other pods; everybody is asked about the same pod.
        'vault.hashicorp.com/agent-inject': 'true',
        'vault.hashicorp.com/role': 'train',
      },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          name: job,
          uid: '5f0c7d0e-7b1a-4d3c-8e5f-2a9b6c1d4e7f',
          controller: true,
        },
      ],
    },
    spec: {
      volumes: [tokenVolume, { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '8Gi' } }],
      containers: [
        {
          name: 'train',
          image: 'registry.example.com/ml/train:7',
          command: ['python', '-m', 'train', '--epochs=90', `--run=${job}`],
          env: [
            { name: 'RUN', value: job },
            { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
          ],
          resources: {
            limits: { cpu: '8', memory: '64Gi', 'nvidia.com/gpu': '1' },
            requests: { cpu: '8', memory: '64Gi', 'nvidia.com/gpu': '1' },
          },
          volumeMounts: [
            { name: 'shm', mountPath: '/dev/shm' },
            {
              name: tokenVolume.name,
              readOnly: true,
              mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
            },
          ],
          imagePullPolicy: 'IfNotPresent',
        },
      ],
      restartPolicy: 'Never',
      serviceAccountName: 'default',
    },
  };
}

/** What the API server's own admission has added before it asks a webhook. */
const tokenVolume = {
  name: 'kube-api-access-x7k2p',
  projected: {
    sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }],
    defaultMode: 420,
  },
};
