/** Ensures the PersistentVolume of a namespace: creates or repairs it, before the claim that is bound to it is created. */
import { type CoreV1Api, PatchStrategy, setHeaderOptions, type V1PersistentVolume } from '@kubernetes/client-node';
import type { StorageConfig } from '../config/schema.ts';
import { formatVolumeHandle } from '../config/volume-handle.ts';
import { withSignal } from '../kubernetes/call-options.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { oneLine } from '../text.ts';
import { findOverlap, validateVolume } from './validate-volume.ts';
import { type StaticVolume, volumeManifest } from './volume.ts';

/**
 * - `ready`: the claim can be created, or is bound
 * - `read-again`: the claim that the caller saw is outdated: it has to be read again
 * - `failed`: one line for the user, and a reason of `admission/reasons.ts`
 */
export type EnsuredVolume =
  | { state: 'ready' | 'read-again' }
  | { state: 'failed'; reason: 'claim-unusable' | 'claim-refused' | 'api-unavailable'; message: string };

interface VolumeRequest {
  api: CoreV1Api;
  namespace: string;
  storage: StorageConfig;
  volume: StaticVolume;
  /** The webhook's own namespace. */
  ownNamespace: string;
  /** Of the claim as it was just read; null where there is none. */
  claimUid: string | null;
  dryRun: boolean;
  signal: AbortSignal;
}

// As for claims: after a lost race or two, somebody else keeps changing the object in a loop.
const attempts = 3;

/** With `dryRun` the API server checks everything and stores nothing. Never rejects for an answer of the API server. */
export async function ensureVolume(request: VolumeRequest): Promise<EnsuredVolume> {
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const present = await read(request);
      const answer = present ? await reconcile(request, present) : await create(request);
      if (answer !== 'changed') return answer;
    }
    return failed(request, 'api-unavailable', 'somebody else keeps changing it; try again in a moment');
  } catch (error) {
    const failure = apiFailure(error);
    return failure.kind === 'unavailable'
      ? failed(request, 'api-unavailable', `the API server can't be asked (${failure.message}); try again in a moment`)
      : failed(request, 'claim-refused', `the API server refuses: ${failure.message}`);
  }
}

async function read({ api, volume, signal }: VolumeRequest): Promise<V1PersistentVolume | null> {
  try {
    return await api.readPersistentVolume({ name: volume.name }, withSignal(signal));
  } catch (error) {
    if (apiFailure(error).kind === 'not-found') return null;
    throw error;
  }
}

async function create(request: VolumeRequest): Promise<EnsuredVolume | 'changed'> {
  const { api, namespace, storage, volume, claimUid, signal, dryRun } = request;
  const refusal = await otherOwner(request);
  if (refusal) return refusal;
  try {
    const body = volumeManifest(namespace, volume, storage, claimUid);
    await api.createPersistentVolume({ body, ...(dryRun ? { dryRun: 'All' } : {}) }, withSignal(signal));
    return { state: 'ready' };
  } catch (error) {
    // Another replica was first, or somebody made one of that name: it must be read and validated.
    if (apiFailure(error).kind === 'already-exists') return 'changed';
    throw error;
  }
}

/**
 * The configuration can't give one volume to two namespaces unawares, but the cluster may: a volume made by hand, or by an
 * earlier configuration. Checked only before a volume is created, as it lists all volumes of the cluster.
 */
async function otherOwner(request: VolumeRequest): Promise<EnsuredVolume | null> {
  const { api, namespace, storage, volume, ownNamespace, signal } = request;
  if (storage.static?.shared) return null;
  const { items } = await api.listPersistentVolume({}, withSignal(signal));
  const other = findOverlap(items, volume.handle, namespace, ownNamespace);
  if (!other) return null;
  const { claim } = other;
  return failed(
    request,
    'claim-unusable',
    `${formatVolumeHandle(volume.handle)} shows files of the claim ${claim.namespace}/${claim.name} (PersistentVolume ${other.volume}), which ${namespace} could then read; ` +
      `give ${namespace} an access point of its own in storage.static.namespaces, delete that PersistentVolume if its claim is gone for good, or set storage.static.shared: true`,
  );
}

/** Repairs the volume where that is possible and needed. */
async function reconcile(request: VolumeRequest, present: V1PersistentVolume): Promise<EnsuredVolume | 'changed'> {
  const { namespace, storage, volume, claimUid } = request;
  const validation = validateVolume(present, volumeManifest(namespace, volume, storage, claimUid), claimUid);
  if (validation.state === 'ready') return { state: 'ready' };
  if (validation.state === 'unusable')
    return { state: 'failed', reason: 'claim-unusable', message: oneLine(validation.message) };
  // The volume is reserved for the uid of another claim. If that claim exists after all, removing its uid would make it
  // Lost. It is read after the volume: a claim that is gone by then never comes back under the same uid.
  if (validation.staleUid !== null && (await currentClaimUid(request)) === validation.staleUid)
    return { state: 'read-again' };
  return repair(request, present, validation.additions);
}

async function currentClaimUid({ api, namespace, storage, signal }: VolumeRequest): Promise<string | null> {
  try {
    const claim = await api.readNamespacedPersistentVolumeClaim(
      { namespace, name: storage.claimName },
      withSignal(signal),
    );
    return claim.metadata?.uid ?? null;
  } catch (error) {
    if (apiFailure(error).kind === 'not-found') return null;
    throw error;
  }
}

async function repair(
  { api, volume, signal, dryRun }: VolumeRequest,
  present: V1PersistentVolume,
  additions: readonly object[],
): Promise<EnsuredVolume | 'changed'> {
  // The test makes the patch fail where the volume has changed since it was validated.
  const body = [
    { op: 'test', path: '/metadata/resourceVersion', value: present.metadata?.resourceVersion },
    ...additions,
  ];
  try {
    await api.patchPersistentVolume(
      { name: volume.name, body, ...(dryRun ? { dryRun: 'All' } : {}) },
      setHeaderOptions('Content-Type', PatchStrategy.JsonPatch, withSignal(signal)),
    );
    return { state: 'ready' };
  } catch (error) {
    const { kind, code } = apiFailure(error);
    // 422 is the answer of a JSON patch whose test fails.
    if (kind === 'conflict' || kind === 'not-found' || code === 422) return 'changed';
    throw error;
  }
}

function failed(
  { namespace, storage, volume }: VolumeRequest,
  reason: 'claim-unusable' | 'claim-refused' | 'api-unavailable',
  why: string,
): EnsuredVolume {
  const what = `PersistentVolume ${volume.name} for claim ${namespace}/${storage.claimName}, which holds the dataset, can't be had`;
  return { state: 'failed', reason, message: oneLine(`${what}: ${why}`) };
}
