/** Names and builds the PersistentVolume of a namespace where the configuration names EFS volumes (`storage.static`). */
import { createHash } from 'node:crypto';
import type { V1PersistentVolume } from '@kubernetes/client-node';
import type { StorageConfig } from '../config/schema.ts';
import { formatVolumeHandle, parseVolumeHandle, type VolumeHandle } from '../config/volume-handle.ts';
import { managedBy } from './labels.ts';

/** The only driver whose volumes are created; the chart's policy refuses any other from us. */
export const efsDriver = 'efs.csi.aws.com';

/** The volume that the configuration gives to a namespace. */
export interface StaticVolume {
  name: string;
  handle: VolumeHandle;
}

const longestName = 63;

/** Null where the configuration names no volumes at all, or none for this namespace. */
export function staticVolume(namespace: string, storage: StorageConfig): StaticVolume | null {
  const { namespaces = {}, volumeHandle } = storage.static ?? {};
  const written = Object.hasOwn(namespaces, namespace) ? namespaces[namespace] : volumeHandle;
  const handle = written === undefined ? null : parseVolumeHandle(written);
  return handle && { name: volumeName(namespace, storage.claimName, handle), handle };
}

/** The PersistentVolume that the claim has to be bound to; undefined where any that fits will do. */
export function wantedVolumeName(namespace: string, storage: StorageConfig): string | undefined {
  return storage.static ? staticVolume(namespace, storage)?.name : storage.volumeName;
}

/**
 * The same on every replica and after every restart. The handle is part of it, so that another handle in the configuration
 * means another object and never an attempt to change one: a PersistentVolume's source is immutable.
 */
function volumeName(namespace: string, claimName: string, handle: VolumeHandle): string {
  const parts = JSON.stringify([namespace, claimName, formatVolumeHandle(handle)]);
  const hash = createHash('sha256').update(parts).digest('hex').slice(0, 10);
  const prefix = 'dvc-injector-';
  const available = longestName - prefix.length - hash.length - 1;
  return `${prefix}${namespace.slice(0, available).replace(/-+$/, '')}-${hash}`;
}

/**
 * The volume, ready to be created. It is reserved for the namespace's claim, by its uid too where the claim is there already
 * (`claimUid`): a claim that lost its volume takes back only one that names it.
 */
export function volumeManifest(
  namespace: string,
  volume: StaticVolume,
  storage: StorageConfig,
  claimUid: string | null,
): V1PersistentVolume {
  const mountOptions = storage.static?.mountOptions ?? [];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volume.name, labels: { ...managedBy } },
    spec: {
      capacity: { storage: storage.size },
      accessModes: [...storage.accessModes],
      volumeMode: 'Filesystem',
      storageClassName: '',
      // Whatever happens to claim, namespace or this object, the files stay.
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace,
        name: storage.claimName,
        ...(claimUid === null ? {} : { uid: claimUid }),
      },
      // No volumeAttributes: `path` is no longer known to the driver, and encryption in transit is its default, so that
      // `tls` among the mount options is deprecated. Source: NodePublishVolume in kubernetes-sigs/aws-efs-csi-driver.
      ...(mountOptions.length === 0 ? {} : { mountOptions: [...mountOptions] }),
      csi: { driver: efsDriver, volumeHandle: formatVolumeHandle(volume.handle) },
    },
  };
}
