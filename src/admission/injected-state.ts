/** Tells whether a pod was injected before, for what, or only carries names of its own that look like ours. */
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
import type { DatasetWish } from './requested-datasets.ts';

/**
 * True when every wanted dataset is there: its init container carries the computed key, a container mounts that key, and
 * both do so from the configured claim. Where it stands and what others changed in it does not matter; the status
 * annotation is never asked.
 * @throws {Denied} where some are there and some are not, or one was injected for another dataset or claim, or a name of ours is the user's own
 */
export function isInjected(pod: Pod, wishes: readonly DatasetWish[], config: Config): boolean {
  const injected = wishes.filter((wish) => isDatasetInjected(pod, wish, config));
  if (injected.length === wishes.length) return true;
  const [present] = injected;
  if (present) {
    throw new Denied(
      'injected-for-another',
      `the pod was injected for ${present.reference.repository.canonical}@${present.reference.revision}:${present.reference.split} before it asked for more; ${removalAdvice(pod)}`,
    );
  }
  refuseTakenNames(pod, wishes, config);
  return false;
}

function isDatasetInjected(pod: Pod, wish: DatasetWish, config: Config): boolean {
  const name = fetcherName(wish.name);
  const fetcher = (pod.spec.initContainers ?? []).find((container) => container.name === name);
  const key = variableOf(fetcher, keyVariable);
  if (!fetcher || key === null) return false;
  if (key === wish.key && pod.spec.containers.some((container) => keyMounts(container, wish.key).length > 0)) {
    refuseOtherVolumes(pod, fetcher, wish, config);
    return true;
  }
  const other = clipped(variableOf(fetcher, datasetVariable) ?? `key ${key}`, 200);
  throw new Denied(
    'injected-for-another',
    key === wish.key
      ? `the pod was injected for ${other}, but no container mounts that dataset any more; ${removalAdvice(pod)}`
      : `the pod was injected for ${other}, as a copy of a running pod is; ${removalAdvice(pod)}`,
  );
}

/** Fetched to one volume and mounted from another, or from another claim, the training would see an empty folder. */
function refuseOtherVolumes(pod: Pod, fetcher: Container, wish: DatasetWish, config: Config): void {
  const { claimName } = config.storage;
  const ofClaim = (pod.spec.volumes ?? [])
    .filter((volume) => volume.persistentVolumeClaim?.claimName === claimName)
    .map((volume) => volume.name);
  const written = (fetcher.volumeMounts ?? []).filter((mount) => asMounted(mount.mountPath) === fetcherPaths.volume);
  const mounts: [Container, VolumeMount | undefined][] = [
    [fetcher, written.find((mount) => !ofClaim.includes(mount.name)) ?? written[0]],
    ...pod.spec.containers.flatMap((container) =>
      keyMounts(container, wish.key).map((mount): [Container, VolumeMount] => [container, mount]),
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

/** What to say of a pod that is left as it is: an image that is not ours may do anything with the shared volume. */
export function foreignImageWarnings(pod: Pod, wishes: readonly DatasetWish[], config: Config): string[] {
  const names = wishes.map((wish) => fetcherName(wish.name));
  return (pod.spec.initContainers ?? [])
    .filter((container) => names.includes(container.name) && container.image !== config.fetcher.image)
    .map(
      (container) =>
        `init container ${container.name} runs the image ${container.image ?? '(none)'}, and dvc-injector is configured for ${config.fetcher.image}; if it should be that one, take the init container out of the manifest`,
    );
}

function refuseTakenNames(pod: Pod, wishes: readonly DatasetWish[], config: Config): void {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.name);
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const refuse = (what: string): never => {
    throw new Denied(
      'name-conflict',
      `${what} has a name that dvc-injector needs for its own; rename it, or remove it if the pod is a copy of an injected one`,
    );
  };
  for (const wish of wishes) {
    const fetcher = fetcherName(wish.name);
    if (containers.includes(fetcher)) refuse(`the pod's container ${fetcher}`);
    const gitVolume = gitSecretVolumeName(wish.name);
    if (volumes.has(gitVolume)) refuse(`the pod's volume ${gitVolume}`);
  }
  for (const name of Object.values(volumeNames)) {
    const taken = volumes.get(name);
    // A volume of the very claim may have the name that ours would have; scratch and token mask must never be the claim.
    const isClaim = taken?.persistentVolumeClaim?.claimName === config.storage.claimName;
    if (taken && !(name === volumeNames.dataset && isClaim)) refuse(`the pod's volume ${name}`);
  }
  refuseSharedVariables(wishes);
}

/** Datasets `a` and `a-path`, say, would both set DVC_DATASET_A_PATH. */
function refuseSharedVariables(wishes: readonly DatasetWish[]): void {
  const owners = new Map<string, string>();
  for (const wish of wishes) {
    const annotation = annotationKey('dataset', wish.name);
    for (const variable of Object.values(datasetVariables(wish.name))) {
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
