/** The two objects of the cluster that the self-signed mode reads: the authority's Secret and the webhook's registration. */
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1MutatingWebhookConfiguration,
  type V1Secret,
} from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { listTimeout, within } from '../kubernetes/call-options.ts';
import { type Followed, follow } from '../kubernetes/informer.ts';

interface Access {
  kubeConfig: KubeConfig;
  log: Logger;
}

/** Follows one Secret; `changed` is called for whatever happens to it, and once it is known whether it exists. */
export function followSecret(
  { kubeConfig, log }: Access,
  { namespace, name }: { namespace: string; name: string },
  changed: () => void,
): Followed<V1Secret> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const fieldSelector = `metadata.name=${name}`;
  return follow<V1Secret>({
    kubeConfig,
    path: `/api/v1/namespaces/${namespace}/secrets`,
    fieldSelector,
    list: () => api.listNamespacedSecret({ namespace, fieldSelector }, within(listTimeout)),
    listed: changed,
    changed,
    deleted: changed,
    log,
    needs: `list and watch on secret ${namespace}/${name}`,
  });
}

/** Follows one MutatingWebhookConfiguration in the same way. */
export function followRegistration(
  { kubeConfig, log }: Access,
  name: string,
  changed: () => void,
): Followed<V1MutatingWebhookConfiguration> {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const fieldSelector = `metadata.name=${name}`;
  return follow<V1MutatingWebhookConfiguration>({
    kubeConfig,
    path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    fieldSelector,
    list: () => api.listMutatingWebhookConfiguration({ fieldSelector }, within(listTimeout)),
    listed: changed,
    changed,
    deleted: changed,
    log,
    needs: `list and watch on mutatingwebhookconfiguration ${name}`,
  });
}
