/** Finds or creates the one claim of a namespace before a pod that needs it is let in. */
import {
  CoreV1Api,
  type KubeConfig,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node';
import type { StorageConfig } from '../config/schema.ts';
import { until } from '../kubernetes/call-options.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { oneLine } from '../text.ts';
import { claimManifest } from './claim.ts';
import { ensureVolume } from './ensure-volume.ts';
import { judgeClaim, newClaimWarnings } from './validate-claim.ts';
import { staticVolume } from './volume.ts';

/** How the claim stands. `message` and `warnings` are one line each; the reasons are those of `admission/reasons.ts`. */
export type EnsuredClaim =
  | { usable: true; created: boolean; warnings: string[] }
  | { usable: false; reason: 'claim-unusable' | 'claim-refused' | 'api-unavailable'; message: string };

export interface EnsureClaimOptions {
  kubeConfig: KubeConfig;
  storage: StorageConfig;
  /** The claim as the cache has it; undefined where it has none or is not filled yet. */
  cached: (namespace: string) => V1PersistentVolumeClaim | undefined;
  /** The same for a PersistentVolume of ours; asked only where the configuration names volumes (`storage.static`). */
  cachedVolume?: (name: string) => V1PersistentVolume | undefined;
  /** The webhook's own namespace. */
  ownNamespace?: string;
  /** How long one ensuring may take, in milliseconds. */
  deadline?: number;
}

/** With `dryRun` the answer is the same and nothing is created. Never rejects for anything that the API server says. */
export type EnsureClaim = (namespace: string, options: { dryRun: boolean }) => Promise<EnsuredClaim>;

// The API server gives a webhook 10 s (timeoutSeconds), and an HTTP timeout is a bare 500 to the user: our own 503,
// which controllers retry, must be there before that.
const ensureDeadline = 7_000;
// An answer of AlreadyExists, a claim that is gone when read, and a second create: more than that is somebody's loop.
const attempts = 3;

/** The function that ensures claims. Concurrent calls for one namespace share one create, and one is told `created`. */
export function makeEnsureClaim(options: EnsureClaimOptions): EnsureClaim {
  const { storage, cached, ownNamespace = '' } = options;
  const api = options.kubeConfig.makeApiClient(CoreV1Api);
  const running = new Map<string, Promise<EnsuredClaim>>();

  return async (namespace, { dryRun }) => {
    const known = cached(namespace);
    const judgement = known && judgeClaim(known, storage);
    // Only a good answer is taken from the cache. It may be a moment old, or older while the watch is cut off: a claim
    // that was deleted since is made again by the reconciler; but a claim that was mended since must not be denied.
    if (judgement?.usable && hasItsVolume(known, options)) {
      return { usable: true, created: false, warnings: judgement.warnings };
    }
    // A dry run never shares with a real one: it would report a claim as there that nobody creates.
    const key = `${dryRun ? 'dry' : 'real'}/${namespace}`;
    const shared = running.get(key);
    if (shared) return shared.then((claim) => (claim.usable ? { ...claim, created: false } : claim));
    const signal = AbortSignal.timeout(options.deadline ?? ensureDeadline);
    const ensuring = ask({
      api,
      namespace,
      storage,
      ownNamespace,
      dryRun,
      signal,
      thoughtThere: known !== undefined,
    }).finally(() => running.delete(key));
    running.set(key, ensuring);
    return ensuring;
  };
}

/** Where the volumes are ours, a claim waits for ever if its volume vanished before it was bound. */
function hasItsVolume(claim: V1PersistentVolumeClaim | undefined, options: EnsureClaimOptions): boolean {
  const volume = staticVolume(claim?.metadata?.namespace ?? '', options.storage);
  if (!volume) return true;
  return claim?.status?.phase === 'Bound' && options.cachedVolume?.(volume.name) !== undefined;
}

interface Question {
  api: CoreV1Api;
  namespace: string;
  storage: StorageConfig;
  ownNamespace: string;
  dryRun: boolean;
  signal: AbortSignal;
  /** Whether the claim is thought to be there. */
  thoughtThere: boolean;
}

/** Asks the API server. Where the volume is ours, whether the claim is there decides what the volume has to be. */
async function ask(question: Question): Promise<EnsuredClaim> {
  let readFirst = question.thoughtThere || question.storage.static !== undefined;
  let last = 'it changes its mind about whether the claim exists';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const answer = readFirst ? await read(question) : await create(question);
    if (typeof answer === 'object') return answer;
    if (answer === 'conflict') last = 'the quota of the namespace is being changed by many at once';
    else readFirst = answer === 'look-again';
  }
  return unavailable(question, last);
}

/** A dry run is one for the API server too: quota, policies and rights are asked, nothing is stored. */
async function create(question: Question): Promise<EnsuredClaim | 'look-again' | 'conflict'> {
  const { api, namespace, storage, dryRun, signal } = question;
  const volume = await ensureVolumeOf(question, null);
  if (volume !== 'ready') return volume;
  try {
    const made = await api.createNamespacedPersistentVolumeClaim(
      { namespace, body: claimManifest(namespace, storage), ...(dryRun ? { dryRun: 'All' } : {}) },
      until(signal),
    );
    return { usable: true, created: !dryRun, warnings: newClaimWarnings(made, storage) };
  } catch (error) {
    const failure = apiFailure(error);
    // Another replica, the reconciler or the user was first, which is fine. But this is also the answer for a claim that
    // is Terminating and would make the pod wait for ever, so it must be read and judged.
    if (failure.kind === 'already-exists') return 'look-again';
    // Quota admission answers 409 Conflict when several creations race for its counter; repeating is the cure.
    if (failure.kind === 'conflict') return 'conflict';
    if (failure.kind === 'unavailable') return unavailable(question, failure.message);
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

async function read(question: Question): Promise<EnsuredClaim | 'absent' | 'look-again'> {
  const { api, namespace, storage, signal } = question;
  try {
    const claim = await api.readNamespacedPersistentVolumeClaim({ namespace, name: storage.claimName }, until(signal));
    const judgement = judgeClaim(claim, storage);
    if (!judgement.usable) return judgement;
    const volume = await ensureVolumeOf(question, claim);
    return volume === 'ready' ? { usable: true, created: false, warnings: judgement.warnings } : volume;
  } catch (error) {
    const failure = apiFailure(error);
    // Deleted between two looks: it can be made anew now.
    if (failure.kind === 'not-found') return 'absent';
    return unavailable(question, failure.message);
  }
}

/** `claim` as it was just read; null where there is none. */
async function ensureVolumeOf(
  question: Question,
  claim: V1PersistentVolumeClaim | null,
): Promise<EnsuredClaim | 'ready' | 'look-again'> {
  const { namespace, storage } = question;
  if (!storage.static) return 'ready';
  const volume = staticVolume(namespace, storage);
  if (!volume) return claim ? 'ready' : noVolume(question);
  const ensured = await ensureVolume({ ...question, volume, claimUid: claim?.metadata?.uid ?? null });
  if (ensured.state !== 'failed') return ensured.state;
  return { usable: false, reason: ensured.reason, message: ensured.message };
}

/** A claim of class "" would be bound to any free volume, so none is made where the configuration has no volume for it. */
function noVolume({ namespace, storage }: Question): EnsuredClaim {
  return {
    usable: false,
    reason: 'claim-unusable',
    message: oneLine(
      `namespace ${namespace} has no claim ${storage.claimName} and no volume in the configuration for one; ask the ` +
        `admin to add it: storage.static.namespaces: {${namespace}: fs-…::fsap-…}`,
    ),
  };
}

function unavailable({ namespace, storage }: Question, cause: string): EnsuredClaim {
  return {
    usable: false,
    reason: 'api-unavailable',
    message: oneLine(
      `claim ${namespace}/${storage.claimName} can't be looked up at the API server, so whether the dataset has a ` +
        `volume is not known (${cause}); try again in a moment`,
    ),
  };
}
