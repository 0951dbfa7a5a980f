/** Values for the tests that ask whether everything fits together. */
import type { Values } from './helm.ts';

/** Every value that changes what is rendered, at once. */
export const everything: Values = {
  config: {
    fetcher: { image: 'registry.example.com/fetcher:1', runAsUser: null, env: { HTTPS_PROXY: 'http://proxy:3128' } },
    storage: { className: 'efs', size: '1Ti', claimName: 'shared' },
    webhook: { port: 9443, metricsPort: 9191 },
  },
  image: { repository: 'registry.example.com/webhook', digest: `sha256:${'0'.repeat(64)}` },
  imagePullSecrets: [{ name: 'registry' }],
  priorityClassName: 'system-cluster-critical',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  topologySpreadConstraints: [
    { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
  ],
  podLabels: { team: 'platform' },
  podAnnotations: { 'prometheus.io/scrape': 'true' },
  serviceAccount: { annotations: { owner: 'platform' } },
  tls: { clientCA: { configMap: 'control-plane-ca' }, clientNames: ['kube-apiserver'] },
  policies: {
    protectClaim: 'Deny',
    customKinds: [{ apiGroups: ['example.com'], resources: ['trainings'] }],
  },
  networkPolicy: {
    webhookFrom: [{ ipBlock: { cidr: '10.0.0.0/28' } }],
    metricsFrom: [{ namespaceSelector: { matchLabels: { monitoring: 'yes' } } }],
    apiServerTo: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
  },
};
