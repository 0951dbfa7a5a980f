/** Builds the manifest of a namespace's claim. */
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { StorageConfig } from '../config/schema.ts';
import { managedBy } from './labels.ts';
import { wantedVolumeName } from './volume.ts';

/**
 * The claim of a namespace, ready to be created. It never has an ownerReference: the first pod that needs the data is
 * not its owner, and garbage collection would take the claim, and with some classes the data, when that pod is deleted.
 */
export function claimManifest(namespace: string, storage: StorageConfig): V1PersistentVolumeClaim {
  const volumeName = wantedVolumeName(namespace, storage);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: storage.claimName, namespace, labels: { ...managedBy } },
    spec: {
      accessModes: [...storage.accessModes],
      // "" must be written out: an absent class would be filled with the cluster's default class.
      storageClassName: storage.className,
      ...(volumeName === undefined ? {} : { volumeName }),
      resources: { requests: { storage: storage.size } },
    },
  };
}
