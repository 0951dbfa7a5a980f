/** Tells a pod that was injected before, for these datasets or others, from one whose own names look like ours. */
import type { Config } from '../config/schema.ts';
import { pointerSubPath } from '../dataset/layout.ts';
import { clipped } from '../text.ts';
import { annotationKey } from './annotations.ts';
import { Denied } from './decision.ts';
import {
  datasetVariable,
  datasetVariables,
  fetcherName,
  fetcherPaths,
  gitSecretVolumeName,
  keyVariable,
  volumeNames,
} from './names.ts';
import { asMounted } from './paths.ts';
import type { Container, Pod, VolumeMount } from './pod.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/**
 * True when every requested dataset is injected: its init container carries the computed key, a container mounts that key,
 * and both use the configured claim. The init container's position and what others changed in it do not matter. The status
 * annotation is never read, as anybody can write it.
 * @throws {Denied} where some are there and some are not, or one was injected for another dataset or claim, or a name of ours is the user's own
 */
export function isInjected(pod: Pod, requested: readonly RequestedDataset[], config: Config): boolean {
  const injected = requested.filter((dataset) => isDatasetInjected(pod, dataset, config));
  if (injected.length === requested.length) return true;
  const [present] = injected;
  if (present) {
    throw new Denied(
      'injected-for-another',
      `the pod was injected for ${present.reference.repository.canonical}@${present.reference.revision}:${present.reference.split} before it asked for more; ${removalAdvice(pod)}`,
    );
  }
  refuseTakenNames(pod, requested, config);
  return false;
}

function isDatasetInjected(pod: Pod, dataset: RequestedDataset, config: Config): boolean {
  const name = fetcherName(dataset.name);
  const fetcher = (pod.spec.initContainers ?? []).find((container) => container.name === name);
  const key = variableOf(fetcher, keyVariable);
  if (!fetcher || key === null) return false;
  if (key === dataset.key && pod.spec.containers.some((container) => keyMounts(container, dataset.key).length > 0)) {
    refuseOtherVolumes(pod, fetcher, dataset, config);
    return true;
  }
  const other = clipped(variableOf(fetcher, datasetVariable) ?? `key ${key}`, 200);
  throw new Denied(
    'injected-for-another',
    key === dataset.key
      ? `the pod was injected for ${other}, but no container mounts that dataset any more; ${removalAdvice(pod)}`
      : `the pod was injected for ${other}, as a copy of a running pod is; ${removalAdvice(pod)}`,
  );
}

/** If the dataset were fetched to one volume and mounted from another, the training would see an empty folder. */
function refuseOtherVolumes(pod: Pod, fetcher: Container, dataset: RequestedDataset, config: Config): void {
  const { claimName } = config.storage;
  const ofClaim = (pod.spec.volumes ?? [])
    .filter((volume) => volume.persistentVolumeClaim?.claimName === claimName)
    .map((volume) => volume.name);
  const written = (fetcher.volumeMounts ?? []).filter((mount) => asMounted(mount.mountPath) === fetcherPaths.volume);
  const mounts: [Container, VolumeMount | undefined][] = [
    [fetcher, written.find((mount) => !ofClaim.includes(mount.name)) ?? written[0]],
    ...pod.spec.containers.flatMap((container) =>
      keyMounts(container, dataset.key).map((mount): [Container, VolumeMount] => [container, mount]),
    ),
  ];
  for (const [container, mount] of mounts) {
    if (mount && ofClaim.includes(mount.name)) continue;
    throw new Denied(
      'claim-volume-unusable',
      `container ${container.name} ${mount ? `has volume ${mount.name}` : 'has nothing'} where the dataset should be, which is not the claim ${claimName} of the configuration; ${removalAdvice(pod)}`,
    );
  }
}

/** A warning for each init container of an injected pod that runs another image, which may do anything with the shared volume. */
export function foreignImageWarnings(pod: Pod, requested: readonly RequestedDataset[], config: Config): string[] {
  const names = requested.map((dataset) => fetcherName(dataset.name));
  return (pod.spec.initContainers ?? [])
    .filter((container) => names.includes(container.name) && container.image !== config.fetcher.image)
    .map(
      (container) =>
        `init container ${container.name} runs the image ${container.image ?? '(none)'}, and dvc-injector is configured for ${config.fetcher.image}; if it should be that one, take the init container out of the manifest`,
    );
}

function refuseTakenNames(pod: Pod, requested: readonly RequestedDataset[], config: Config): void {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.name);
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const refuse = (what: string): never => {
    throw new Denied(
      'name-conflict',
      `${what} has a name that dvc-injector needs for its own; rename it, or remove it if the pod is a copy of an injected one`,
    );
  };
  for (const dataset of requested) {
    const fetcher = fetcherName(dataset.name);
    if (containers.includes(fetcher)) refuse(`the pod's container ${fetcher}`);
    const gitVolume = gitSecretVolumeName(dataset.name);
    if (volumes.has(gitVolume)) refuse(`the pod's volume ${gitVolume}`);
  }
  for (const name of Object.values(volumeNames)) {
    const taken = volumes.get(name);
    // The pod's own volume of the shared claim may have our name for it: it is used. Any other of our names is a conflict.
    const isClaim = taken?.persistentVolumeClaim?.claimName === config.storage.claimName;
    if (taken && !(name === volumeNames.dataset && isClaim)) refuse(`the pod's volume ${name}`);
  }
  refuseSharedVariables(requested);
}

/** Two names can lead to one variable: datasets `a` and `a-path` would both set DVC_DATASET_A_PATH. */
function refuseSharedVariables(requested: readonly RequestedDataset[]): void {
  const owners = new Map<string, string>();
  for (const dataset of requested) {
    const annotation = annotationKey('dataset', dataset.name);
    for (const variable of Object.values(datasetVariables(dataset.name))) {
      const owner = owners.get(variable);
      if (owner) {
        throw new Denied(
          'name-conflict',
          `annotations ${owner} and ${annotation} would both set the environment variable ${variable}; rename one of the datasets`,
        );
      }
      owners.set(variable, annotation);
    }
  }
}

function removalAdvice(pod: Pod): string {
  const containers = (pod.spec.initContainers ?? [])
    .filter((container) => variableOf(container, keyVariable) !== null)
    .map((container) => container.name);
  return `remove init container ${containers.join(', ')}, the dvc-* volumes, the mounts of datasets/… and the DVC_DATASET variables from the manifest and create it again`;
}

function keyMounts(container: Container, key: string): VolumeMount[] {
  return (container.volumeMounts ?? []).filter((mount) => mount.subPath === pointerSubPath(key));
}

function variableOf(container: Container | undefined, variable: string): string | null {
  return (container?.env ?? []).find((each) => each.name === variable)?.value ?? null;
}
