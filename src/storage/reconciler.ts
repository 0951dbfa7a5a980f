/**
 * Makes the claim as soon as a namespace is opted in, and again if it vanishes, so that the first pod finds a volume
 * that is bound already. It runs in every replica and has no leader: whoever is second is told AlreadyExists.
 */
import { CoreV1Api, type KubeConfig, type V1Namespace } from '@kubernetes/client-node';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import { isExcludedNamespace, optInSelector } from '../config/opt-in.ts';
import { backOff } from '../kubernetes/back-off.ts';
import { listTimeout, within } from '../kubernetes/call-options.ts';
import { follow } from '../kubernetes/informer.ts';
import type { EnsureClaim, EnsuredClaim } from './ensure-claim.ts';

export interface ReconcilerOptions {
  kubeConfig: KubeConfig;
  ensureClaim: EnsureClaim;
  /** The webhook's own namespace. */
  ownNamespace: string;
  log: Logger;
  /** Called when a claim was created. */
  created: (namespace: string) => void;
}

export interface Reconciler {
  /** To be told of each namespace whose claim or volume vanished. */
  vanished(namespace: string): void;
  stop(): void;
}

const firstRetry = 1_000;
const slowestRetry = 5 * 60_000;
// After a restart every opted-in namespace is looked at once; a hundred of them must not crowd out admissions.
const atOnce = 4;

/** Begins at once. */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { kubeConfig, log } = options;
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const limit = pLimit(atOnce);
  const failures = new Map<string, number>();
  const retries = new Map<string, NodeJS.Timeout>();
  let stopped = false;

  const forget = (namespace: string) => {
    clearTimeout(retries.get(namespace));
    retries.delete(namespace);
    failures.delete(namespace);
  };
  const isServed = (name: string): boolean => {
    const namespace = namespaces.get(name);
    // In a namespace that is being deleted nothing can be created any more.
    return (
      namespace !== undefined && !namespace.metadata?.deletionTimestamp && namespace.status?.phase !== 'Terminating'
    );
  };
  const ensure = async (namespace: string): Promise<void> => {
    if (stopped || !isServed(namespace)) return forget(namespace);
    const claim = await options.ensureClaim(namespace, { dryRun: false });
    if (stopped) return;
    if (claim.usable) {
      forget(namespace);
      if (claim.created) {
        log.info({ namespace }, 'created the claim of an opted-in namespace');
        options.created(namespace);
      }
      return;
    }
    const count = (failures.get(namespace) ?? 0) + 1;
    failures.set(namespace, count);
    // A Terminating claim stays until its last pod is gone; its disappearance is told by the watch, so asking rarely is
    // enough, and asking at once again would be a hot loop for as long as somebody trains.
    const delay = backOff(count, claim.reason === 'claim-unusable' ? slowestRetry : firstRetry, slowestRetry);
    log.warn(
      { namespace, ...withoutUsable(claim), retryMs: Math.round(delay) },
      'the claim of an opted-in namespace is not usable',
    );
    clearTimeout(retries.get(namespace));
    retries.set(
      namespace,
      setTimeout(() => enqueue(namespace), delay),
    );
  };
  const enqueue = (namespace: string) => {
    if (stopped || isExcludedNamespace(namespace, options.ownNamespace)) return;
    void limit(() => ensure(namespace)).catch((error: unknown) =>
      log.error({ namespace, err: error }, 'a bug: ensuring a claim failed'),
    );
  };

  const namespaces = follow<V1Namespace>({
    kubeConfig,
    path: '/api/v1/namespaces',
    labelSelector: optInSelector,
    list: () => api.listNamespace({ labelSelector: optInSelector }, within(listTimeout)),
    changed: (namespace) => enqueueSoon(namespace.metadata?.name ?? ''),
    deleted: (namespace) => forget(namespace.metadata?.name ?? ''),
    log,
    needs: 'list and watch on namespaces',
  });
  // During the first list the cache is not readable yet; a turn later it is.
  const enqueueSoon = (namespace: string) => setImmediate(() => enqueue(namespace));

  return {
    vanished: (namespace) => {
      if (!isServed(namespace)) return;
      forget(namespace);
      enqueue(namespace);
    },
    stop() {
      stopped = true;
      namespaces.stop();
      for (const timer of retries.values()) clearTimeout(timer);
      limit.clearQueue();
    },
  };
}

function withoutUsable(claim: Extract<EnsuredClaim, { usable: false }>): { reason: string; message: string } {
  return { reason: claim.reason, message: claim.message };
}
