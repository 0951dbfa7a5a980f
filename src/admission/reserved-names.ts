/** Refuses a pod whose own containers, volumes, mounts or variables have the names that injection needs for its own. */
import type { Config } from '../config/schema.ts';
import { annotationKey } from './annotations.ts';
import { Denied } from './decision.ts';
import { datasetVariables, fetcherName, gitSecretVolumeName, remoteSecretVolumeName, volumeNames } from './names.ts';
import { type Container, containersOf, type Pod, type Volume } from './pod.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/**
 * For a pod that is not injected yet.
 * @throws {Denied} naming what is taken
 */
export function refuseTakenNames(pod: Pod, requested: readonly RequestedDataset[], config: Config): void {
  const containers = containersOf(pod);
  const fetchers = new Set(requested.map((dataset) => fetcherName(dataset.name)));
  const container = containers.find(({ name }) => fetchers.has(name));
  if (container) throw taken(`the pod's container ${container.name}`);
  const reserved = new Set(reservedVolumes(requested));
  for (const volume of pod.spec.volumes ?? []) {
    if (!reserved.has(volume.name)) continue;
    if (!isOwnClaim(volume, config)) throw taken(`the pod's volume ${volume.name}`);
    reserved.delete(volume.name);
  }
  // A mount without its volume is refused by the API server; with ours added it would become a mount of that.
  refuseMountsOf(reserved, containers);
  refuseSharedVariables(requested);
}

/**
 * For a pod that is injected: what only our init containers may mount.
 * @throws {Denied} naming the container and the volume
 */
export function refuseForeignMounts(
  pod: Pod,
  requested: readonly RequestedDataset[],
  fetchers: ReadonlySet<Container>,
): void {
  const others = containersOf(pod).filter((each) => !fetchers.has(each));
  const reserved = new Set(reservedVolumes(requested));
  reserved.delete(volumeNames.dataset);
  refuseMountsOf(reserved, others);
}

function reservedVolumes(requested: readonly RequestedDataset[]): string[] {
  const secrets = requested.flatMap(({ name }) => [gitSecretVolumeName(name), remoteSecretVolumeName(name)]);
  return [...secrets, ...Object.values(volumeNames)];
}

/** The pod's own volume of the shared claim may have our name for it: it is used. */
function isOwnClaim({ name, persistentVolumeClaim }: Volume, config: Config): boolean {
  return name === volumeNames.dataset && persistentVolumeClaim?.claimName === config.storage.claimName;
}

function refuseMountsOf(reserved: ReadonlySet<string>, containers: readonly Container[]): void {
  for (const container of containers) {
    const mount = container.volumeMounts?.find(({ name }) => reserved.has(name));
    if (mount) throw taken(`container ${container.name} mounts volume ${mount.name}, which`);
  }
}

function taken(what: string): Denied {
  return new Denied(
    'name-conflict',
    `${what} has a name that dvc-injector needs for its own; rename it, or remove it if the pod is a copy of an injected one`,
  );
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
