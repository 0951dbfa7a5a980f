/** What injection did to a pod, in few enough words that a test can hold all of it against what is promised. */
import type { V1Container, V1PodSpec, V1Volume } from '@kubernetes/client-node';

export interface InjectedSummary {
  initContainers: string[];
  /** Each container's view of the shared volume: `<path> <subPath> read-only`. */
  datasets: Record<string, string[]>;
  /** Each container's variables that tell of its datasets. */
  variables: Record<string, Record<string, string>>;
  claims: string[];
  gitSecrets: string[];
  remoteSecrets: string[];
}

/** The summary of a pod or of a pod template. */
export function injectedSummary({ spec }: { spec?: V1PodSpec | undefined }): InjectedSummary {
  const { containers = [], initContainers = [], volumes = [] } = (spec ?? {}) as Partial<V1PodSpec>;
  const ofClaim = volumes.filter((volume) => volume.persistentVolumeClaim).map((volume) => volume.name);
  const perContainer = <T>(about: (container: V1Container) => T) =>
    Object.fromEntries(containers.map((container) => [container.name, about(container)]));
  return {
    initContainers: initContainers.map((container) => container.name),
    datasets: perContainer((container) =>
      (container.volumeMounts ?? [])
        .filter((mount) => ofClaim.includes(mount.name))
        .map((mount) => `${mount.mountPath} ${mount.subPath} ${mount.readOnly ? 'read-only' : 'writable'}`),
    ),
    variables: perContainer((container) =>
      Object.fromEntries(
        (container.env ?? [])
          .filter(({ name }) => name.startsWith('DVC_DATASET'))
          .map(({ name, value = '' }) => [name, value]),
      ),
    ),
    claims: volumes.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []),
    gitSecrets: secretsOf(volumes, 'dvc-git'),
    remoteSecrets: secretsOf(volumes, 'dvc-remote'),
  };
}

function secretsOf(volumes: readonly V1Volume[], prefix: string): string[] {
  return volumes.filter(({ name }) => name.startsWith(prefix)).map(({ secret }) => secret?.secretName ?? '');
}
