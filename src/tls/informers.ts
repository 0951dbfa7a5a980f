/** Informers of the two objects that the self-signed mode keeps up to date: the authority's Secret and the webhook's registration. */
import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1MutatingWebhookConfiguration,
  type V1Secret,
} from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { listTimeout, withTimeout } from '../kubernetes/call-options.ts';
import { type Informer, startInformer } from '../kubernetes/informer.ts';

interface Access {
  kubeConfig: KubeConfig;
  log: Logger;
}

/** Watches one Secret; `onEvent` is called when it changes or vanishes, and once it is known whether it exists. */
export function startSecretInformer(
  { kubeConfig, log }: Access,
  { namespace, name }: { namespace: string; name: string },
  onEvent: () => void,
): Informer<V1Secret> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const fieldSelector = `metadata.name=${name}`;
  return startInformer<V1Secret>({
    kubeConfig,
    path: `/api/v1/namespaces/${namespace}/secrets`,
    fieldSelector,
    list: () => api.listNamespacedSecret({ namespace, fieldSelector }, withTimeout(listTimeout)),
    onSync: onEvent,
    onChange: onEvent,
    onDelete: onEvent,
    log,
    needs: `list and watch on secret ${namespace}/${name}`,
  });
}

/** Watches one MutatingWebhookConfiguration in the same way. */
export function startRegistrationInformer(
  { kubeConfig, log }: Access,
  name: string,
  onEvent: () => void,
): Informer<V1MutatingWebhookConfiguration> {
  const api = kubeConfig.makeApiClient(AdmissionregistrationV1Api);
  const fieldSelector = `metadata.name=${name}`;
  return startInformer<V1MutatingWebhookConfiguration>({
    kubeConfig,
    path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    fieldSelector,
    list: () => api.listMutatingWebhookConfiguration({ fieldSelector }, withTimeout(listTimeout)),
    onSync: onEvent,
    onChange: onEvent,
    onDelete: onEvent,
    log,
    needs: `list and watch on mutatingwebhookconfiguration ${name}`,
  });
}
