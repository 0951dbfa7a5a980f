/** Refuses mounts that would hide one another, or that the runtime can't make: inside a read-only mount there is no mount point. */
import { annotationKey } from './annotations.ts';
import { Denied } from './decision.ts';
import { asMounted, isBelow, overlap } from './paths.ts';
import type { Plan, PlannedDataset } from './plan.ts';
import type { Container, Pod } from './pod.ts';

/** @throws {Denied} naming both mounts and the annotation that solves it */
export function refuseMountCollisions(pod: Pod, plan: Plan): void {
  for (const [index, container] of pod.spec.containers.entries()) {
    const datasets = plan.datasets.filter((dataset) => dataset.targets.includes(index));
    refuseNesting(datasets);
    for (const dataset of datasets) refuseOwnMount(container, dataset);
  }
}

function refuseNesting(datasets: readonly PlannedDataset[]): void {
  for (const outer of datasets) {
    for (const inner of datasets) {
      if (outer === inner || !(inner.mountPath === outer.mountPath || isBelow(inner.mountPath, outer.mountPath)))
        continue;
      throw new Denied(
        'mount-conflict',
        `the mount paths ${outer.mountPath} (${annotationKey('dataset', outer.name)}) and ${inner.mountPath} (${annotationKey('dataset', inner.name)}) must not lie in one another; add annotation ${annotationKey('mount-path', outer.name)}: ${freePath(outer, datasets)}`,
      );
    }
  }
}

/** The path to advise: one that collides with no other dataset, as following it must not lead to the next denial. */
function freePath(outer: PlannedDataset, datasets: readonly PlannedDataset[]): string {
  const others = datasets.filter((dataset) => dataset !== outer).map((dataset) => dataset.mountPath);
  const wanted = [outer.name === null ? '/mnt/main' : `/mnt/${outer.name}-data`, '/dataset'];
  const numbered = others.map((_, index) => `/dataset-${index + 2}`);
  return [...wanted, ...numbered].find((path) => !others.some((other) => overlap(path, other))) ?? '/dataset';
}

/** Refuses a user's mount at the dataset's path or below it; above it is fine, unless it is read-only. */
function refuseOwnMount(container: Container, dataset: PlannedDataset): void {
  const wayOut = `remove that mount if the dataset is to stand in its place, or choose another place with annotation ${annotationKey('mount-path', dataset.name)}, such as ${dataset.mountPath === '/mnt' ? '/dataset' : `${dataset.mountPath}-data`}`;
  const ours = `the dataset's mount path ${dataset.mountPath} (${annotationKey('dataset', dataset.name)})`;
  for (const mount of container.volumeMounts ?? []) {
    const path = asMounted(mount.mountPath);
    if (path === dataset.mountPath || isBelow(path, dataset.mountPath)) {
      throw new Denied(
        'mount-conflict',
        `container ${container.name} mounts volume ${mount.name} at ${path}, which collides with ${ours}; ${wayOut}`,
      );
    }
    if (mount.readOnly === true && isBelow(dataset.mountPath, path)) {
      throw new Denied(
        'mount-conflict',
        `container ${container.name} mounts volume ${mount.name} read-only at ${path}, and nothing can be mounted inside it as ${ours} would; ${wayOut}`,
      );
    }
  }
  for (const { devicePath } of container.volumeDevices ?? []) {
    const path = asMounted(devicePath);
    if (overlap(path, dataset.mountPath)) {
      throw new Denied(
        'mount-conflict',
        `container ${container.name} has a volumeDevice at ${path}, which collides with ${ours}; ${wayOut}`,
      );
    }
  }
}
