/** What a test knows of a cluster, whether it was started for the tests or is one that the user named. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { Identity } from './identity.ts';
import type { Kubectl } from './kubectl.ts';

/** A cluster that answers. `await using` stops it at the end of the block. */
export interface ControlPlane extends AsyncDisposable {
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** The same for `@kubernetes/client-node`. */
  readonly config: KubeConfig;
  readonly kubectl: Kubectl;
  /** A client with the rights of this user or ServiceAccount only (which must exist). */
  kubeConfigFor(identity: Identity): Promise<KubeConfig>;
  /** The paths of the components' logs, by component; none for an existing cluster. */
  readonly logs: Readonly<Record<string, string>>;
  /** Ends all processes and deletes all files; a second call does nothing. */
  stop(): Promise<void>;
}
