/** Ensures that a namespace has its claim, before a pod that needs it is let in. */
import {
  CoreV1Api,
  type KubeConfig,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node';
import type { StorageConfig } from '../config/schema.ts';
import { withSignal } from '../kubernetes/call-options.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { oneLine } from '../text.ts';
import { claimManifest } from './claim.ts';
import { ensureVolume } from './ensure-volume.ts';
import { newClaimWarnings, validateClaim } from './validate-claim.ts';
import { staticVolume } from './volume.ts';

/** Whether the claim can be used. `message` and `warnings` are one line each; the reasons are those of `admission/reasons.ts`. */
export type EnsuredClaim =
  | { usable: true; created: boolean; warnings: string[] }
  | { usable: false; reason: RefusalReason; message: string };

/** `namespace-not-opted-in` comes from `ensure-opted-in.ts`, which stands before this where reviews are answered. */
export type RefusalReason = 'claim-unusable' | 'claim-refused' | 'api-unavailable' | 'namespace-not-opted-in';

export interface EnsureClaimOptions {
  kubeConfig: KubeConfig;
  storage: StorageConfig;
  /** The claim as the informer has it; undefined where it has none or is not synced yet. */
  cached: (namespace: string) => V1PersistentVolumeClaim | undefined;
  /** The same for a PersistentVolume of ours; used only where the configuration names volumes (`storage.static`). */
  cachedVolume?: (name: string) => V1PersistentVolume | undefined;
  /** The webhook's own namespace. */
  ownNamespace?: string;
  /** How long one ensuring may take, in milliseconds. */
  deadline?: number;
}

/** With `dryRun` the result is the same and nothing is created. Never rejects for an answer of the API server. */
export type EnsureClaim = (namespace: string, options: { dryRun: boolean }) => Promise<EnsuredClaim>;

// The API server gives a webhook 10 s (timeoutSeconds), and an HTTP timeout is a bare 500 to the user: our own 503,
// which controllers retry, must be there before that.
const ensureDeadline = 7_000;
// Enough for AlreadyExists, a claim that is gone when it is read, and a second create. After that somebody else must be
// creating and deleting the claim in a loop.
const attempts = 3;

/** Makes the function that ensures claims. Concurrent calls for one namespace share one create; one gets `created: true`. */
export function makeEnsureClaim(options: EnsureClaimOptions): EnsureClaim {
  const { storage, cached, ownNamespace = '' } = options;
  const api = options.kubeConfig.makeApiClient(CoreV1Api);
  const running = new Map<string, Promise<EnsuredClaim>>();

  return async (namespace, { dryRun }) => {
    const known = cached(namespace);
    const validation = known && validateClaim(known, storage);
    // From the informer only a usable claim is taken. What it has may be outdated: a claim that was deleted since is created
    // again by the reconciler, but a pod must not be denied for a claim that was repaired since.
    if (validation?.usable && hasItsVolume(known, options)) {
      return { usable: true, created: false, warnings: validation.warnings };
    }
    // A real call never shares the result of a dry run, which creates nothing.
    const key = `${dryRun ? 'dry' : 'real'}/${namespace}`;
    const shared = running.get(key);
    if (shared) return shared.then((claim) => (claim.usable ? { ...claim, created: false } : claim));
    const signal = AbortSignal.timeout(options.deadline ?? ensureDeadline);
    const ensuring = readOrCreate({
      api,
      namespace,
      storage,
      ownNamespace,
      dryRun,
      signal,
      cachedAsPresent: known !== undefined,
    }).finally(() => running.delete(key));
    running.set(key, ensuring);
    return ensuring;
  };
}

/** False where the volumes are ours and this one is missing: if it vanished before it was bound, the claim would wait for ever. */
function hasItsVolume(claim: V1PersistentVolumeClaim | undefined, options: EnsureClaimOptions): boolean {
  const volume = staticVolume(claim?.metadata?.namespace ?? '', options.storage);
  if (!volume) return true;
  return claim?.status?.phase === 'Bound' && options.cachedVolume?.(volume.name) !== undefined;
}

interface ClaimRequest {
  api: CoreV1Api;
  namespace: string;
  storage: StorageConfig;
  ownNamespace: string;
  dryRun: boolean;
  signal: AbortSignal;
  /** Whether the informer has the claim, so that it probably exists. */
  cachedAsPresent: boolean;
}

/** Where the volumes are ours the claim is read first, as its uid decides what its volume has to be. */
async function readOrCreate(request: ClaimRequest): Promise<EnsuredClaim> {
  let readFirst = request.cachedAsPresent || request.storage.static !== undefined;
  let last = 'it changes its mind about whether the claim exists';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const answer = readFirst ? await read(request) : await create(request);
    if (typeof answer === 'object') return answer;
    if (answer === 'conflict') last = 'the quota of the namespace is being changed by many at once';
    else readFirst = answer === 'read-again';
  }
  return unavailable(request, last);
}

/** A dry run is one for the API server, too: it checks quota, policies and rights, and stores nothing. */
async function create(request: ClaimRequest): Promise<EnsuredClaim | 'read-again' | 'conflict'> {
  const { api, namespace, storage, dryRun, signal } = request;
  const volume = await ensureVolumeOf(request, null);
  if (volume !== 'ready') return volume;
  try {
    const made = await api.createNamespacedPersistentVolumeClaim(
      { namespace, body: claimManifest(namespace, storage), ...(dryRun ? { dryRun: 'All' } : {}) },
      withSignal(signal),
    );
    return { usable: true, created: !dryRun, warnings: newClaimWarnings(made, storage) };
  } catch (error) {
    const failure = apiFailure(error);
    // Another replica, the reconciler or the user was first, which is fine. But this is also the answer for a claim that
    // is Terminating and would make the pod wait for ever, so it must be read and validated.
    if (failure.kind === 'already-exists') return 'read-again';
    // Quota admission answers 409 Conflict when several creations race for its counter; repeating is the cure.
    if (failure.kind === 'conflict') return 'conflict';
    if (failure.kind === 'unavailable') return unavailable(request, failure.message);
    // Here are quota, missing rights, policies; and a namespace that is being deleted (403) or gone (404): the pod
    // could not live there either, and the API server's own words say so.
    return {
      usable: false,
      reason: 'claim-refused',
      message: oneLine(
        `the API server refuses to create claim ${namespace}/${storage.claimName}, which holds the dataset: ${failure.message}`,
      ),
    };
  }
}

async function read(request: ClaimRequest): Promise<EnsuredClaim | 'absent' | 'read-again'> {
  const { api, namespace, storage, signal } = request;
  try {
    const claim = await api.readNamespacedPersistentVolumeClaim(
      { namespace, name: storage.claimName },
      withSignal(signal),
    );
    const validation = validateClaim(claim, storage);
    if (!validation.usable) return validation;
    const volume = await ensureVolumeOf(request, claim);
    return volume === 'ready' ? { usable: true, created: false, warnings: validation.warnings } : volume;
  } catch (error) {
    const failure = apiFailure(error);
    // Deleted since the informer or the create saw it: it can be created now.
    if (failure.kind === 'not-found') return 'absent';
    return unavailable(request, failure.message);
  }
}

/** `claim` as it was just read; null where there is none. */
async function ensureVolumeOf(
  request: ClaimRequest,
  claim: V1PersistentVolumeClaim | null,
): Promise<EnsuredClaim | 'ready' | 'read-again'> {
  const { namespace, storage } = request;
  if (!storage.static) return 'ready';
  const volume = staticVolume(namespace, storage);
  if (!volume) return claim ? 'ready' : noVolume(request);
  const ensured = await ensureVolume({ ...request, volume, claimUid: claim?.metadata?.uid ?? null });
  if (ensured.state !== 'failed') return ensured.state;
  return { usable: false, reason: ensured.reason, message: ensured.message };
}

/** A claim of class "" would be bound to any free volume, so none is made where the configuration has no volume for it. */
function noVolume({ namespace, storage }: ClaimRequest): EnsuredClaim {
  return {
    usable: false,
    reason: 'claim-unusable',
    message: oneLine(
      `namespace ${namespace} has no claim ${storage.claimName} and no volume in the configuration for one; ask the ` +
        `admin to add it: storage.static.namespaces: {${namespace}: fs-…::fsap-…}`,
    ),
  };
}

function unavailable({ namespace, storage }: ClaimRequest, cause: string): EnsuredClaim {
  return {
    usable: false,
    reason: 'api-unavailable',
    message: oneLine(
      `claim ${namespace}/${storage.claimName} can't be looked up at the API server, so whether the dataset has a ` +
        `volume is not known (${cause}); try again in a moment`,
    ),
  };
}
