/** Starts the storage side of the webhook: informers of claims and volumes, the function that ensures claims, the reconciler. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { startClaimInformer } from './claim-informer.ts';
import { type EnsureClaim, makeEnsureClaim } from './ensure-claim.ts';
import { startReconciler } from './reconciler.ts';
import { startVolumeInformer } from './volume-informer.ts';

export interface StorageOptions {
  config: Config;
  kubeConfig: KubeConfig;
  log: Logger;
  /** Called when the reconciler created a claim. */
  onCreate: () => void;
}

export interface RunningStorage {
  ensureClaim: EnsureClaim;
  /** True once the first list of claims was complete. */
  synced(): boolean;
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
  const reconciler = startReconciler({ kubeConfig, ensureClaim, ownNamespace: webhook.namespace, log, onCreate });
  return {
    ensureClaim,
    synced: () => claims.synced(),
    stop() {
      reconciler.stop();
      claims.stop();
      volumes?.stop();
    },
  };
}
