/** Starts the storage side of the webhook: informers, the function that ensures claims, the reconciler. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { startClaimInformer } from './claim-informer.ts';
import { type EnsureClaim, makeEnsureClaim } from './ensure-claim.ts';
import { ensureOptedIn } from './ensure-opted-in.ts';
import { startNamespaceInformer } from './namespace-informer.ts';
import { makeReconciler } from './reconciler.ts';
import { startVolumeInformer } from './volume-informer.ts';

export interface StorageOptions {
  config: Config;
  kubeConfig: KubeConfig;
  log: Logger;
  /** Called when the reconciler created a claim. */
  onCreate: () => void;
}

export interface RunningStorage {
  /** For reviews: it makes claims in opted-in namespaces only. */
  ensureClaim: EnsureClaim;
  /** What must be there before reviews can be answered, as conditions of the webhook's readiness. */
  conditions: Record<'claims' | 'namespaces', () => string | null>;
  stop(): void;
}

/** Starts at once. Volumes are watched only where the configuration names them (`storage.static`). */
export function startStorage({ config, kubeConfig, log, onCreate }: StorageOptions): RunningStorage {
  const { storage, webhook } = config;
  const onDelete = (namespace: string) => reconciler.vanished(namespace);
  const claims = startClaimInformer({ kubeConfig, storage, log, onDelete });
  const volumes = storage.static ? startVolumeInformer({ kubeConfig, log, onDelete }) : undefined;
  const ensureClaim = makeEnsureClaim({
    kubeConfig,
    storage,
    cached: (namespace) => claims.get(storage.claimName, namespace),
    cachedVolume: (name) => volumes?.get(name),
    ownNamespace: webhook.namespace,
  });
  const namespaces = startNamespaceInformer({
    kubeConfig,
    log,
    onChange: (namespace) => reconciler.changed(namespace),
    onDelete: (namespace) => reconciler.forget(namespace),
  });
  const cached = (namespace: string) => namespaces.get(namespace);
  const reconciler = makeReconciler({ cached, ensureClaim, ownNamespace: webhook.namespace, log, onCreate });
  return {
    ensureClaim: ensureOptedIn({ kubeConfig, ensureClaim, isKnown: (namespace) => cached(namespace) !== undefined }),
    conditions: {
      claims: () => (claims.synced() ? null : 'the first list of persistentvolumeclaims is not there yet'),
      namespaces: () => (namespaces.synced() ? null : 'the first list of namespaces is not there yet'),
    },
    stop() {
      namespaces.stop();
      reconciler.stop();
      claims.stop();
      volumes?.stop();
    },
  };
}
