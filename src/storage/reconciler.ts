/**
 * Creates the claim as soon as a namespace is opted in, and again if it vanishes, so that the first pod finds a volume
 * that is bound already. It runs in every replica without a leader: the second one's create is answered AlreadyExists.
 */
import type { V1Namespace } from '@kubernetes/client-node';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { isExcludedNamespace } from '../config/opt-in.ts';
import type { EnsureClaim, EnsuredClaim } from './ensure-claim.ts';
import { makeRetries } from './retries.ts';

export interface ReconcilerOptions {
  /** The namespace as the informer of the opted-in ones has it. */
  cached: (namespace: string) => V1Namespace | undefined;
  ensureClaim: EnsureClaim;
  /** The webhook's own namespace. */
  ownNamespace: string;
  log: Logger;
  /** Called when a claim was created. */
  onCreate: (namespace: string) => void;
}

export interface Reconciler {
  /** To be called with each opted-in namespace that appears or changes. */
  changed(namespace: string): void;
  /** To be called with each one that is deleted or opted out. */
  forget(namespace: string): void;
  /** To be called with each namespace whose claim or volume vanished. */
  vanished(namespace: string): void;
  stop(): void;
}

const firstRetry = 1_000;
const slowestRetry = 5 * 60_000;
// After a restart every opted-in namespace is reconciled once; a hundred of them must not crowd out admissions.
const concurrency = 4;

/** Does nothing before it is called. */
export function makeReconciler(options: ReconcilerOptions): Reconciler {
  const { cached, log } = options;
  const limit = pLimit(concurrency);
  const retries = makeRetries((namespace) => enqueue(namespace));
  let stopped = false;

  const reconcile = async (namespace: string): Promise<void> => {
    if (stopped || !canBeServed(cached(namespace))) return retries.forget(namespace);
    const claim = await options.ensureClaim(namespace, { dryRun: false });
    if (stopped) return;
    if (claim.usable) {
      retries.forget(namespace);
      if (!claim.created) return;
      log.info({ namespace }, 'created the claim of an opted-in namespace');
      options.onCreate(namespace);
      return;
    }
    const retryMs = retries.schedule(namespace, { first: firstDelay(claim), slowest: slowestRetry });
    log.warn(
      { namespace, reason: claim.reason, message: claim.message, retryMs: Math.round(retryMs) },
      'the claim of an opted-in namespace is not usable',
    );
  };
  const enqueue = (namespace: string) => {
    if (stopped || isExcludedNamespace(namespace, options.ownNamespace)) return;
    void limit(() => reconcile(namespace)).catch((error: unknown) =>
      log.error({ namespace, err: error }, 'a bug: ensuring a claim failed'),
    );
  };

  return {
    changed: enqueue,
    forget: (namespace) => retries.forget(namespace),
    vanished: (namespace) => {
      if (!canBeServed(cached(namespace))) return;
      retries.forget(namespace);
      enqueue(namespace);
    },
    stop() {
      stopped = true;
      retries.stop();
      limit.clearQueue();
    },
  };
}

/** False where it isn't opted in, and where it is being deleted: nothing can be created there any more. */
function canBeServed(namespace: V1Namespace | undefined): boolean {
  return namespace !== undefined && !namespace.metadata?.deletionTimestamp && namespace.status?.phase !== 'Terminating';
}

/**
 * A Terminating claim stays until its last pod is gone, and the informer reports that. So the first retry may come late; a
 * quick one would be a hot loop for as long as the pod trains.
 */
function firstDelay(claim: Extract<EnsuredClaim, { usable: false }>): number {
  return claim.reason === 'claim-unusable' ? slowestRetry : firstRetry;
}
