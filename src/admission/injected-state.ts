/** Tells whether a pod was injected before, for what, or only carries names of its own that look like ours. */
import type { Config } from '../config/schema.ts';
import { pointerSubPath } from '../dataset/layout.ts';
import { Denied } from './decision.ts';
import {
  datasetVariable,
  datasetVariables,
  fetcherName,
  gitSecretVolumeName,
  keyVariable,
  volumeNames,
} from './names.ts';
import type { Container, Pod } from './pod.ts';
import type { DatasetWish } from './wish.ts';

/**
 * True when every wanted dataset is there: its init container carries the computed key and a container mounts that
 * key. Where it stands and what others changed in it does not matter; the status annotation is never asked.
 * @throws {Denied} where some are there and some are not, or one was injected for another dataset, or a name of ours is the user's own
 */
export function isInjected(pod: Pod, wishes: readonly DatasetWish[], config: Config): boolean {
  const injected = wishes.filter((wish) => isDatasetInjected(pod, wish));
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

function isDatasetInjected(pod: Pod, wish: DatasetWish): boolean {
  const name = fetcherName(wish.name);
  const fetcher = (pod.spec.initContainers ?? []).find((container) => container.name === name);
  const key = variableOf(fetcher, keyVariable);
  if (!fetcher || key === null) return false;
  if (key === wish.key && pod.spec.containers.some((container) => mountsKey(container, wish.key))) return true;
  const other = (variableOf(fetcher, datasetVariable) ?? `key ${key}`).slice(0, 200);
  throw new Denied(
    'injected-for-another',
    key === wish.key
      ? `the pod was injected for ${other}, but no container mounts that dataset any more; ${removalAdvice(pod)}`
      : `the pod was injected for ${other}, as a copy of a running pod is; ${removalAdvice(pod)}`,
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
    const annotation = wish.name === null ? 'dvc.io/dataset' : `dvc.io/dataset.${wish.name}`;
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

function mountsKey(container: Container, key: string): boolean {
  return (container.volumeMounts ?? []).some((mount) => mount.subPath === pointerSubPath(key));
}

function variableOf(container: Container | undefined, variable: string): string | null {
  return (container?.env ?? []).find((each) => each.name === variable)?.value ?? null;
}
