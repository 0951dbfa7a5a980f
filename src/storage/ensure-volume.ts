/** Finds, makes or mends the one PersistentVolume of a namespace, before the claim that is bound to it. */
import { type CoreV1Api, PatchStrategy, setHeaderOptions, type V1PersistentVolume } from '@kubernetes/client-node';
import type { StorageConfig } from '../config/schema.ts';
import { formatVolumeHandle } from '../config/volume-handle.ts';
import { until } from '../kubernetes/call-options.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { oneLine } from '../text.ts';
import { findOverlap, judgeVolume } from './validate-volume.ts';
import { type StaticVolume, volumeManifest } from './volume.ts';

/**
 * - `ready`: the claim can be created, or is bound
 * - `look-again`: the claim that was thought to be gone, or to be another, is there
 * - otherwise the sentence, and the reason of `admission/reasons.ts`
 */
export type EnsuredVolume =
  | { state: 'ready' | 'look-again' }
  | { state: 'failed'; reason: 'claim-unusable' | 'claim-refused' | 'api-unavailable'; message: string };

interface VolumeQuestion {
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

// As for claims: more than a lost race or two is somebody's loop.
const attempts = 3;

/** With `dryRun` the API server is asked for the same and stores nothing. Never rejects for anything that it says. */
export async function ensureVolume(question: VolumeQuestion): Promise<EnsuredVolume> {
  try {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const present = await read(question);
      const answer = present ? await settle(question, present) : await create(question);
      if (answer !== 'changed') return answer;
    }
    return failed(question, 'api-unavailable', 'somebody else keeps changing it; try again in a moment');
  } catch (error) {
    const failure = apiFailure(error);
    return failure.kind === 'unavailable'
      ? failed(question, 'api-unavailable', `the API server can't be asked (${failure.message}); try again in a moment`)
      : failed(question, 'claim-refused', `the API server refuses: ${failure.message}`);
  }
}

async function read({ api, volume, signal }: VolumeQuestion): Promise<V1PersistentVolume | null> {
  try {
    return await api.readPersistentVolume({ name: volume.name }, until(signal));
  } catch (error) {
    if (apiFailure(error).kind === 'not-found') return null;
    throw error;
  }
}

async function create(question: VolumeQuestion): Promise<EnsuredVolume | 'changed'> {
  const { api, namespace, storage, volume, claimUid, signal, dryRun } = question;
  const refusal = await otherOwner(question);
  if (refusal) return refusal;
  try {
    const body = volumeManifest(namespace, volume, storage, claimUid);
    await api.createPersistentVolume({ body, ...(dryRun ? { dryRun: 'All' } : {}) }, until(signal));
    return { state: 'ready' };
  } catch (error) {
    // Another replica was first, or somebody made one of that name: it must be read and judged.
    if (apiFailure(error).kind === 'already-exists') return 'changed';
    throw error;
  }
}

/**
 * The configuration can't give one volume to two namespaces unawares, but the cluster may: a volume made by hand, or by an
 * earlier configuration. Asked only before a volume is made, as all of the cluster's are listed.
 */
async function otherOwner(question: VolumeQuestion): Promise<EnsuredVolume | null> {
  const { api, namespace, storage, volume, ownNamespace, signal } = question;
  if (storage.static?.shared) return null;
  const { items } = await api.listPersistentVolume({}, until(signal));
  const other = findOverlap(items, volume.handle, namespace, ownNamespace);
  if (!other) return null;
  const { claim } = other;
  return failed(
    question,
    'claim-unusable',
    `${formatVolumeHandle(volume.handle)} shows files of the claim ${claim.namespace}/${claim.name} (PersistentVolume ${other.volume}), which ${namespace} could then read; ` +
      `give ${namespace} an access point of its own in storage.static.namespaces, delete that PersistentVolume if its claim is gone for good, or set storage.static.shared: true`,
  );
}

async function settle(question: VolumeQuestion, present: V1PersistentVolume): Promise<EnsuredVolume | 'changed'> {
  const { namespace, storage, volume, claimUid } = question;
  const judgement = judgeVolume(present, volumeManifest(namespace, volume, storage, claimUid), claimUid);
  if (judgement.state === 'ready') return { state: 'ready' };
  if (judgement.state === 'unusable')
    return { state: 'failed', reason: 'claim-unusable', message: oneLine(judgement.message) };
  // Read after the volume: a claim that is not there now will never come back under that uid. Taking the uid of a living
  // claim away would make it Lost.
  if (judgement.staleUid !== null && (await currentClaimUid(question)) === judgement.staleUid)
    return { state: 'look-again' };
  return mend(question, present, judgement.additions);
}

async function currentClaimUid({ api, namespace, storage, signal }: VolumeQuestion): Promise<string | null> {
  try {
    const claim = await api.readNamespacedPersistentVolumeClaim({ namespace, name: storage.claimName }, until(signal));
    return claim.metadata?.uid ?? null;
  } catch (error) {
    if (apiFailure(error).kind === 'not-found') return null;
    throw error;
  }
}

async function mend(
  { api, volume, signal, dryRun }: VolumeQuestion,
  present: V1PersistentVolume,
  additions: readonly object[],
): Promise<EnsuredVolume | 'changed'> {
  // The test makes it fail where the volume is no longer the one that was judged.
  const body = [
    { op: 'test', path: '/metadata/resourceVersion', value: present.metadata?.resourceVersion },
    ...additions,
  ];
  try {
    await api.patchPersistentVolume(
      { name: volume.name, body, ...(dryRun ? { dryRun: 'All' } : {}) },
      setHeaderOptions('Content-Type', PatchStrategy.JsonPatch, until(signal)),
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
  { namespace, storage, volume }: VolumeQuestion,
  reason: 'claim-unusable' | 'claim-refused' | 'api-unavailable',
  why: string,
): EnsuredVolume {
  const what = `PersistentVolume ${volume.name} for claim ${namespace}/${storage.claimName}, which holds the dataset, can't be had`;
  return { state: 'failed', reason, message: oneLine(`${what}: ${why}`) };
}
