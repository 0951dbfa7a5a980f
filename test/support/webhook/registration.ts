/** The webhook's registration with the API server: the same rules, selector and conditions that the chart installs. */
import { AdmissionregistrationV1Api, type KubeConfig, type V1MutatingWebhook } from '@kubernetes/client-node';
import { optInLabel } from '../../../src/config/opt-in.ts';

/** The conditions under which the API server calls the webhook at all. */
export const matchConditions = [
  {
    name: 'names-a-dataset',
    expression:
      "has(object.metadata.annotations) && object.metadata.annotations.exists(k, k == 'dvc.io/dataset' || k.startsWith('dvc.io/dataset.'))",
  },
  {
    name: 'not-a-mirror-pod',
    expression: "!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)",
  },
];

/** The one webhook of the registration; `clientConfig` says where it is. */
export function registeredWebhook(clientConfig: V1MutatingWebhook['clientConfig']): V1MutatingWebhook {
  return {
    name: 'inject.dvc.io',
    clientConfig,
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Fail',
    sideEffects: 'NoneOnDryRun',
    reinvocationPolicy: 'IfNeeded',
    timeoutSeconds: 10,
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' }],
    namespaceSelector: {
      matchLabels: { [optInLabel.key]: optInLabel.value },
      matchExpressions: [
        { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'dvc-injector'] },
      ],
    },
    matchConditions,
  };
}

/** Registers the webhook that listens at this URL, replacing an earlier registration. */
export async function register(config: KubeConfig, at: { url: string; ca: string }): Promise<void> {
  const api = config.makeApiClient(AdmissionregistrationV1Api);
  const name = 'dvc-injector';
  const clientConfig = { url: `${at.url}/mutate`, caBundle: Buffer.from(at.ca).toString('base64') };
  await api.deleteMutatingWebhookConfiguration({ name }).catch((error: { code?: number }) => {
    if (error.code !== 404) throw error;
  });
  await api.createMutatingWebhookConfiguration({
    body: { metadata: { name }, webhooks: [registeredWebhook(clientConfig)] },
  });
}
