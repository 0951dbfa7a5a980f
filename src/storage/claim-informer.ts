/** Keeps every namespace's claim in memory, so that admitting a pod usually needs no call to the API server. */
import { CoreV1Api, type KubeConfig, type V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { StorageConfig } from '../config/schema.ts';
import { listTimeout, withTimeout } from '../kubernetes/call-options.ts';
import { type Informer, startInformer } from '../kubernetes/informer.ts';

export interface ClaimInformerOptions {
  kubeConfig: KubeConfig;
  storage: StorageConfig;
  log: Logger;
  /** Called with the namespace whose claim vanished. */
  onDelete: (namespace: string) => void;
}

/** Watches the claims of the configured name in all namespaces; a field selector keeps out all others. */
export function startClaimInformer(options: ClaimInformerOptions): Informer<V1PersistentVolumeClaim> {
  const { kubeConfig, storage, log } = options;
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const fieldSelector = `metadata.name=${storage.claimName}`;
  return startInformer<V1PersistentVolumeClaim>({
    kubeConfig,
    path: '/api/v1/persistentvolumeclaims',
    fieldSelector,
    list: () => api.listPersistentVolumeClaimForAllNamespaces({ fieldSelector }, withTimeout(listTimeout)),
    onDelete: (claim) => options.onDelete(claim.metadata?.namespace ?? ''),
    log,
    needs: 'list and watch on persistentvolumeclaims in all namespaces',
  });
}
