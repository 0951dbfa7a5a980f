/** Keeps the opted-in namespaces in memory, for the reconciler and for the check that a review's namespace is one of them. */
import { CoreV1Api, type KubeConfig, type V1Namespace } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { optInSelector } from '../config/opt-in.ts';
import { listTimeout, withTimeout } from '../kubernetes/call-options.ts';
import { type Informer, startInformer } from '../kubernetes/informer.ts';

export interface NamespaceInformerOptions {
  kubeConfig: KubeConfig;
  log: Logger;
  /** Called with each opted-in namespace that appears or changes, when `get` already returns it. */
  onChange: (namespace: string) => void;
  /** Called with each one that is deleted or opted out. */
  onDelete: (namespace: string) => void;
}

/** Watches the namespaces with the opt-in label; the label selector keeps out all others. */
export function startNamespaceInformer(options: NamespaceInformerOptions): Informer<V1Namespace> {
  const { kubeConfig, log, onChange, onDelete } = options;
  const api = kubeConfig.makeApiClient(CoreV1Api);
  return startInformer<V1Namespace>({
    kubeConfig,
    path: '/api/v1/namespaces',
    labelSelector: optInSelector,
    list: () => api.listNamespace({ labelSelector: optInSelector }, withTimeout(listTimeout)),
    // An informer shows an object only after the callbacks for it have returned.
    onChange: (namespace) => setImmediate(() => onChange(namespace.metadata?.name ?? '')),
    onDelete: (namespace) => onDelete(namespace.metadata?.name ?? ''),
    log,
    needs: 'list and watch on namespaces',
  });
}
