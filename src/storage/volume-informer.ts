/** Keeps the PersistentVolumes that we created in memory, so that one that vanishes is noticed and created again. */
import { CoreV1Api, type KubeConfig, type V1PersistentVolume } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { listTimeout, withTimeout } from '../kubernetes/call-options.ts';
import { type Informer, startInformer } from '../kubernetes/informer.ts';
import { managedBySelector } from './labels.ts';

interface VolumeInformerOptions {
  kubeConfig: KubeConfig;
  log: Logger;
  /** Called with the namespace whose volume vanished. */
  onDelete: (namespace: string) => void;
}

/** Watches the volumes with our label; the label selector keeps out all others. */
export function startVolumeInformer({
  kubeConfig,
  log,
  onDelete,
}: VolumeInformerOptions): Informer<V1PersistentVolume> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const labelSelector = managedBySelector;
  return startInformer<V1PersistentVolume>({
    kubeConfig,
    path: '/api/v1/persistentvolumes',
    labelSelector,
    list: () => api.listPersistentVolume({ labelSelector }, withTimeout(listTimeout)),
    onDelete: (volume) => onDelete(volume.spec?.claimRef?.namespace ?? ''),
    log,
    needs: 'list and watch on persistentvolumes',
  });
}
