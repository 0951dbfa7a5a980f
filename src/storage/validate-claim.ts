/** Validates an existing claim before a pod is let in, as a pod whose claim can't be used would stay Pending without a reason. */
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { StorageConfig } from '../config/schema.ts';
import { staticVolume, wantedVolumeName } from './volume.ts';

/** `message` and `warnings` are one line each and name the command that helps. */
export type ClaimValidation =
  | { usable: true; warnings: string[] }
  | { usable: false; reason: 'claim-unusable'; message: string };

/** Pure. Takes a claim as the API server or the informer gives it: dates may be Date objects or text. */
export function validateClaim(claim: V1PersistentVolumeClaim, storage: StorageConfig): ClaimValidation {
  const problem = whyUnusable(claim, storage);
  if (problem !== null) return { usable: false, reason: 'claim-unusable', message: problem };
  if (claim.status?.phase === 'Bound') return { usable: true, warnings: [] };
  if (claim.status?.phase === 'Lost') return { usable: true, warnings: [lostWarning(claim)] };
  return { usable: true, warnings: [pendingWarning(claim)] };
}

/** Warnings about a claim that was just created; that it is Pending needs no warning then. */
export function newClaimWarnings(claim: V1PersistentVolumeClaim, storage: StorageConfig): string[] {
  const pinned = wantedVolumeName(claim.metadata?.namespace ?? '', storage);
  if (storage.className !== '' || pinned !== undefined) return [];
  return [
    `claim ${qualifiedName(claim)} was created with storage class "": it binds any free PersistentVolume that fits; ` +
      'storage.volumeName pins the right one',
  ];
}

function whyUnusable(claim: V1PersistentVolumeClaim, storage: StorageConfig): string | null {
  const name = qualifiedName(claim);
  // First, because nothing else matters then: no new pod may use a claim that is being deleted.
  if (claim.metadata?.deletionTimestamp) {
    return (
      `claim ${name} is being deleted and waits for the pods that still use it; end them (see "Used By" in: ` +
      `${kubectl(claim, 'describe')}), then create this pod again: the claim is made anew`
    );
  }
  // A volume of ours is created again with this claim's uid, and the claim is bound to it again.
  if (claim.status?.phase === 'Lost' && !staticVolume(claim.metadata?.namespace ?? '', storage)) {
    return (
      `claim ${name} is Lost: its PersistentVolume ${claim.spec?.volumeName ?? ''} no longer exists; when no pod needs ` +
      `it any more, delete the claim, and it is made anew: ${kubectl(claim, 'delete')}`
    );
  }
  if (claim.spec?.volumeMode === 'Block') {
    return `claim ${name} has volumeMode Block, and a dataset needs a file system; ${replaceIt(claim)}`;
  }
  const modes = claim.spec?.accessModes ?? [];
  const missing = storage.accessModes.filter((mode) => !modes.includes(mode));
  if (missing.length > 0) {
    return (
      `claim ${name} has the access modes ${modes.join(', ') || 'none'} and lacks ${missing.join(', ')} ` +
      `(storage.accessModes); ${replaceIt(claim)}`
    );
  }
  const className = classOf(claim);
  if (className !== storage.className) {
    return (
      `claim ${name} is of storage class "${className}", and dvc-injector is configured for "${storage.className}"; ` +
      `set storage.className to "${className}", or ${replaceIt(claim)}`
    );
  }
  return otherVolume(claim, storage);
}

function otherVolume(claim: V1PersistentVolumeClaim, storage: StorageConfig): string | null {
  const wanted = wantedVolumeName(claim.metadata?.namespace ?? '', storage);
  if (wanted === undefined || claim.spec?.volumeName === wanted) return null;
  const has = claim.spec?.volumeName ? `is bound to the PersistentVolume ${claim.spec.volumeName}` : 'names no volume';
  return (
    `claim ${qualifiedName(claim)} ${has}, and dvc-injector is configured for ${wanted} ` +
    `(storage.${storage.static ? 'static' : 'volumeName'}); correct the configuration, or ${replaceIt(claim)}`
  );
}

/** The old annotation still wins over the field, as it does in Kubernetes' own volume controller. */
function classOf(claim: V1PersistentVolumeClaim): string {
  return claim.metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName ?? '';
}

/** Advice to delete the claim; it says when that would delete the data, too. */
function replaceIt(claim: V1PersistentVolumeClaim): string {
  const data = claim.spec?.volumeName
    ? ` (this deletes the data if PersistentVolume ${claim.spec.volumeName} has reclaim policy Delete)`
    : '';
  return `delete the claim when no pod uses it any more${data}, and it is made anew: ${kubectl(claim, 'delete')}`;
}

/**
 * Pending is normal for a claim whose class waits for its first pod, so the sentence must not alarm. It says what can be seen
 * in the claim: which provisioner is at work, or for class "" that there is none.
 */
function pendingWarning(claim: V1PersistentVolumeClaim): string {
  const see = `details: ${kubectl(claim, 'describe')}`;
  const provisioner =
    claim.metadata?.annotations?.['volume.kubernetes.io/storage-provisioner'] ??
    claim.metadata?.annotations?.['volume.beta.kubernetes.io/storage-provisioner'];
  if (provisioner) return `claim ${qualifiedName(claim)} is Pending until ${provisioner} has made its volume; ${see}`;
  if (claim.spec?.volumeName) {
    return `claim ${qualifiedName(claim)} is Pending until the PersistentVolume ${claim.spec.volumeName} can be bound; ${see}`;
  }
  const className = classOf(claim);
  if (className === '') {
    return (
      `claim ${qualifiedName(claim)} is Pending until a free PersistentVolume of class "" fits it, any one unless ` +
      `storage.volumeName pins it; ${see}`
    );
  }
  return `claim ${qualifiedName(claim)} is Pending, as is usual where class "${className}" waits for the first pod; ${see}`;
}

function lostWarning(claim: V1PersistentVolumeClaim): string {
  return (
    `claim ${qualifiedName(claim)} had lost its PersistentVolume, which is made again; the pod starts when it is bound, within ` +
    `a minute; details: ${kubectl(claim, 'describe')}`
  );
}

function qualifiedName(claim: V1PersistentVolumeClaim): string {
  return `${claim.metadata?.namespace ?? ''}/${claim.metadata?.name ?? ''}`;
}

function kubectl(claim: V1PersistentVolumeClaim, verb: 'delete' | 'describe'): string {
  return `kubectl -n ${claim.metadata?.namespace ?? 'default'} ${verb} pvc ${claim.metadata?.name ?? ''}`;
}
