/** The PersistentVolumes that we made, in memory, so that one that vanishes is noticed and made again. */
import { CoreV1Api, type KubeConfig, type V1PersistentVolume } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { listTimeout, within } from '../kubernetes/call-options.ts';
import { type Followed, follow } from '../kubernetes/informer.ts';
import { managedBySelector } from './labels.ts';

interface VolumeCacheOptions {
  kubeConfig: KubeConfig;
  log: Logger;
  /** Told the namespace whose volume vanished. */
  deleted: (namespace: string) => void;
}

/** Follows the volumes by their label; others of the cluster cost nothing. */
export function followVolumes({ kubeConfig, log, deleted }: VolumeCacheOptions): Followed<V1PersistentVolume> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const labelSelector = managedBySelector;
  return follow<V1PersistentVolume>({
    kubeConfig,
    path: '/api/v1/persistentvolumes',
    labelSelector,
    list: () => api.listPersistentVolume({ labelSelector }, within(listTimeout)),
    deleted: (volume) => deleted(volume.spec?.claimRef?.namespace ?? ''),
    log,
    needs: 'list and watch on persistentvolumes',
  });
}
