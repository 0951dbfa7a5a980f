/** Refuses mounts that would hide one another: the runtime can't make a mount point inside a read-only mount. */
import { posix } from 'node:path';
import { annotationKey } from './annotations.ts';
import { Denied } from './decision.ts';
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
      const suggested = outer.name === null ? '/mnt/main' : `/mnt/${outer.name}-data`;
      throw new Denied(
        'mount-conflict',
        `the mount paths ${outer.mountPath} (${annotationKey('dataset', outer.name)}) and ${inner.mountPath} (${annotationKey('dataset', inner.name)}) must not lie in one another; add annotation ${annotationKey('mount-path', outer.name)}: ${suggested}`,
      );
    }
  }
}

/** A user's mount at our path or below it is refused; above it is fine, unless no mount point can be made in it. */
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
    if (path === dataset.mountPath || isBelow(path, dataset.mountPath) || isBelow(dataset.mountPath, path)) {
      throw new Denied(
        'mount-conflict',
        `container ${container.name} has a volumeDevice at ${path}, which collides with ${ours}; ${wayOut}`,
      );
    }
  }
}

function isBelow(path: string, parent: string): boolean {
  return path.startsWith(parent === '/' ? parent : `${parent}/`) && path !== parent;
}

/** The path as the runtime sees it: from the root, without ".", ".." and slashes too many. */
function asMounted(path: string): string {
  return posix.join('/', path).replace(/(?<=.)\/$/, '');
}
