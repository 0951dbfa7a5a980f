/** Every namespace's claim in memory, so that admitting a pod usually asks nobody. */
import { CoreV1Api, type KubeConfig, type V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { StorageConfig } from '../config/schema.ts';
import { listTimeout, within } from '../kubernetes/call-options.ts';
import { type Followed, follow } from '../kubernetes/informer.ts';

export interface ClaimCacheOptions {
  kubeConfig: KubeConfig;
  storage: StorageConfig;
  log: Logger;
  /** Told the namespace whose claim vanished. */
  deleted: (namespace: string) => void;
}

/** Follows the claims of the configured name in all namespaces; other claims of the cluster cost nothing. */
export function followClaims(options: ClaimCacheOptions): Followed<V1PersistentVolumeClaim> {
  const { kubeConfig, storage, log } = options;
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const fieldSelector = `metadata.name=${storage.claimName}`;
  return follow<V1PersistentVolumeClaim>({
    kubeConfig,
    path: '/api/v1/persistentvolumeclaims',
    fieldSelector,
    list: () => api.listPersistentVolumeClaimForAllNamespaces({ fieldSelector }, within(listTimeout)),
    deleted: (claim) => options.deleted(claim.metadata?.namespace ?? ''),
    log,
    needs: 'list and watch on persistentvolumeclaims in all namespaces',
  });
}
