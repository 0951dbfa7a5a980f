/** Validates an existing PersistentVolume for a namespace's claim, and says what must be added to it. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { V1ObjectReference, V1PersistentVolume } from '@kubernetes/client-node';
import { quantityValue } from '../config/quantity.ts';
import { formatVolumeHandle, handlesOverlap, parseVolumeHandle, type VolumeHandle } from '../config/volume-handle.ts';
import { efsDriver } from './volume.ts';

/** One addition of a JSON patch. */
export interface Addition {
  op: 'add';
  path: string;
  value: unknown;
}

/**
 * - `ready`: the claim is bound to it, or can be
 * - `repair`: it is ours, and these additions make it ready; `staleUid` is that of an earlier claim it is reserved for
 * - `unusable`: only its admin can help; `message` is one line
 */
export type VolumeValidation =
  | { state: 'ready' }
  | { state: 'repair'; additions: Addition[]; staleUid: string | null }
  | { state: 'unusable'; message: string };

/**
 * Compares `present` with the volume that would be created; `claimUid` is the uid of the namespace's claim, null where there
 * is none.
 */
export function validateVolume(
  present: V1PersistentVolume,
  wanted: V1PersistentVolume,
  claimUid: string | null,
): VolumeValidation {
  const message = whyUnusable(present, wanted, claimUid);
  if (message !== null) return { state: 'unusable', message };
  const { additions, staleUid } = missingParts(present, wanted, claimUid);
  return additions.length === 0 ? { state: 'ready' } : { state: 'repair', additions, staleUid };
}

function whyUnusable(present: V1PersistentVolume, wanted: V1PersistentVolume, claimUid: string | null): string | null {
  const name = present.metadata?.name ?? '';
  const { csi, claimRef } = present.spec ?? {};
  const handle = wanted.spec?.csi?.volumeHandle ?? '';
  if (csi?.driver !== efsDriver || !isSameHandle(csi.volumeHandle, handle)) {
    const is = csi ? `volume ${csi.volumeHandle} of ${csi.driver}` : 'no volume of a CSI driver';
    return `PersistentVolume ${name} is ${is}, and storage.static needs that name for ${handle} of ${efsDriver}; if nothing uses it, delete it, and it is made anew: kubectl delete pv ${name}`;
  }
  const { namespace, name: claim } = wanted.spec?.claimRef ?? {};
  if (claimRef && (claimRef.namespace !== namespace || claimRef.name !== claim)) {
    return `PersistentVolume ${name} is kept for the claim ${claimRef.namespace}/${claimRef.name} instead of ${namespace}/${claim}; if that claim doesn't need it, delete the PersistentVolume (its files stay), and it is made anew: kubectl delete pv ${name}`;
  }
  // A deleted volume that is bound to this claim can be used on: its finalizer keeps it until the claim is gone.
  if (present.metadata?.deletionTimestamp && !(claimUid !== null && claimRef?.uid === claimUid)) {
    return `PersistentVolume ${name} is being deleted; when it is gone, create this pod again: it is made anew (its files stay). See what holds it: kubectl describe pv ${name}`;
  }
  if ((present.spec?.storageClassName ?? '') !== '') {
    return `PersistentVolume ${name} is of storage class "${present.spec?.storageClassName}" and must be of none; kubectl edit pv ${name}`;
  }
  return null;
}

/** What has to be changed before the claim can be bound to it. None of it touches a file. */
function missingParts(
  present: V1PersistentVolume,
  wanted: V1PersistentVolume,
  claimUid: string | null,
): { additions: Addition[]; staleUid: string | null } {
  const { claimRef, capacity, accessModes, mountOptions = [] } = present.spec ?? {};
  const stale = claimRef?.uid !== undefined && claimRef.uid !== claimUid;
  const modes = wanted.spec?.accessModes ?? [];
  const options = wanted.spec?.mountOptions ?? [];
  const size = (amounts: Record<string, string> | undefined) => quantityValue(amounts?.storage) ?? 0;
  const rows: [boolean, string, unknown][] = [
    // Without a reservation any claim of any namespace could be bound to it.
    [stale || !claimRef, '/spec/claimRef', wanted.spec?.claimRef],
    [!modes.every((mode) => accessModes?.includes(mode)), '/spec/accessModes', modes],
    [!isDeepStrictEqual([...mountOptions], options), '/spec/mountOptions', options],
    [size(capacity) < size(wanted.spec?.capacity), '/spec/capacity', wanted.spec?.capacity],
  ];
  const additions = rows.filter(([needed]) => needed).map(([, path, value]): Addition => ({ op: 'add', path, value }));
  return { additions, staleUid: stale ? (claimRef?.uid ?? null) : null };
}

/**
 * A volume of another namespace that shows the same files, or null. `ownNamespace` is the webhook's: it doesn't count, as the
 * chart's Job that prepares folders has a volume there.
 */
export function findOverlap(
  volumes: readonly V1PersistentVolume[],
  handle: VolumeHandle,
  namespace: string,
  ownNamespace: string,
): { volume: string; claim: V1ObjectReference } | null {
  for (const { metadata, spec } of volumes) {
    const { csi, claimRef } = spec ?? {};
    const other = csi?.driver === efsDriver ? parseVolumeHandle(csi.volumeHandle) : null;
    if (!other || !claimRef || [namespace, ownNamespace].includes(claimRef.namespace ?? '')) continue;
    if (handlesOverlap(handle, other)) return { volume: metadata?.name ?? '', claim: claimRef };
  }
  return null;
}

function isSameHandle(one: string, other: string): boolean {
  const [first, second] = [parseVolumeHandle(one), parseVolumeHandle(other)];
  return first !== null && second !== null && formatVolumeHandle(first) === formatVolumeHandle(second);
}
