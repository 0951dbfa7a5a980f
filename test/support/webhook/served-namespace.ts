/** A control plane with a namespace in which everything is as on a cluster in use: opted in, and its claim bound. */
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { defaultConfig } from '../../../src/config/load.ts';
import { claimManifest } from '../../../src/storage/claim.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { makeNamespace } from '../cluster/objects.ts';
import { eventually } from '../eventually.ts';
import { clientWith } from './rights.ts';

export interface ServedNamespace extends AsyncDisposable {
  controlPlane: ControlPlane;
  /** The webhook's own client, with its least rights. */
  rights: KubeConfig;
  namespace: string;
}

export async function startServedNamespace(): Promise<ServedNamespace> {
  await using cleanup = new AsyncDisposableStack();
  const controlPlane = cleanup.use(await startControlPlane());
  const rights = await clientWith(controlPlane);
  const namespace = await makeNamespace(controlPlane.config);
  await bindClaim(controlPlane.config, namespace);
  const owned = cleanup.move();
  return { controlPlane, rights, namespace, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Makes the claim that the webhook would make, and a volume for it; the real controller binds them. */
async function bindClaim(config: KubeConfig, namespace: string): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const claim = claimManifest(namespace, defaultConfig().storage);
  const { accessModes = [], storageClassName = '', resources } = claim.spec ?? {};
  const name = claim.metadata?.name ?? '';
  await core.createPersistentVolume({
    body: {
      metadata: { name: `${namespace}-data` },
      spec: {
        accessModes,
        storageClassName,
        capacity: { storage: resources?.requests?.storage ?? '1Gi' },
        nfs: { server: 'files.example.com', path: '/data' },
        claimRef: { namespace, name },
      },
    },
  });
  await core.createNamespacedPersistentVolumeClaim({ namespace, body: claim });
  await eventually('the claim is bound', async () => {
    const { status } = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
    return status?.phase === 'Bound';
  });
}
