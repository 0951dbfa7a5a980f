/** Refuses mounts that would hide one another, or that the runtime can't make: inside a read-only mount there is no mount point. */
import { annotationKey } from './annotations.ts';
import { Denied } from './decision.ts';
import type { InjectedDataset } from './injected-state.ts';
import { type Placed, placesOf } from './mount-places.ts';
import { asMounted, isBelow, overlap } from './paths.ts';
import type { Plan } from './plan.ts';
import type { Container, Pod, VolumeMount } from './pod.ts';

/**
 * For a pod that is to be injected.
 * @throws {Denied} naming both mounts and the annotation that solves it
 */
export function refuseMountCollisions(pod: Pod, plan: Plan): void {
  for (const [index, datasets] of plan.byContainer) {
    const container = pod.spec.containers[index];
    if (container) refuseCollisions(container, datasets, container.volumeMounts ?? []);
  }
}

/**
 * For a pod that is injected: a webhook behind ours may have added a mount where a dataset is, and such a container could
 * not start. The datasets are where their mounts say, which may have been edited since.
 * @throws {Denied} as {@link refuseMountCollisions}
 */
export function refuseInjectedCollisions(injected: readonly InjectedDataset[]): void {
  const ours = new Map<VolumeMount, { container: Container; mount: VolumeMount; name: string | null }>();
  for (const { dataset, mounts } of injected) {
    for (const [container, mount] of mounts) {
      // Two names may stand for one dataset, and so for one key: the path then tells which of them a mount is.
      const isPlace = asMounted(mount.mountPath) === dataset.mountPath;
      if (isPlace || !ours.has(mount)) ours.set(mount, { container, mount, name: dataset.name });
    }
  }
  for (const [container, group] of Map.groupBy(ours.values(), (each) => each.container)) {
    const own = new Set(group.map(({ mount }) => mount));
    const others = (container.volumeMounts ?? []).filter((mount) => !own.has(mount));
    const placed = group.map(({ mount, name }) => ({ name, mountPath: asMounted(mount.mountPath) }));
    refuseCollisions(container, placed, others);
  }
}

function refuseCollisions(container: Container, datasets: readonly Placed[], mounts: readonly VolumeMount[]): void {
  refuseNesting(datasets);
  const collision = firstCollision(container, datasets, mounts);
  if (!collision) return;
  const { dataset, what } = collision;
  const { mountPath, name } = dataset;
  const ours = `the dataset's mount path ${mountPath} (${annotationKey('dataset', name)})`;
  const wayOut = `remove that mount if the dataset is to stand in its place, or choose another place with annotation ${annotationKey('mount-path', name)}, such as ${mountPath === '/mnt' ? '/dataset' : `${mountPath}-data`}`;
  throw new Denied('mount-conflict', `container ${container.name} ${what(ours)}; ${wayOut}`);
}

/**
 * For datasets that one container gets.
 * @throws {Denied} naming both and the annotation that solves it
 */
export function refuseNesting(datasets: readonly Placed[]): void {
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
function freePath(outer: Placed, datasets: readonly Placed[]): string {
  const others = datasets.filter((dataset) => dataset !== outer).map((dataset) => dataset.mountPath);
  const wanted = [outer.name === null ? '/mnt/main' : `/mnt/${outer.name}-data`, '/dataset'];
  const numbered = others.map((_, index) => `/dataset-${index + 2}`);
  return [...wanted, ...numbered].find((path) => !others.some((other) => overlap(path, other))) ?? '/dataset';
}

interface Collision {
  dataset: Placed;
  /** The rest of a sentence that begins with the container; `ours` stands for the dataset's mount. */
  what: (ours: string) => string;
}

/**
 * A mount at a dataset's path or below it; above it is fine, unless it is read-only. Of several the first dataset's. Each
 * mount is read once, however many datasets there are.
 */
function firstCollision(
  container: Container,
  datasets: readonly Placed[],
  mounts: readonly VolumeMount[],
): Collision | null {
  const places = placesOf(datasets);
  let first: { index: number; what: Collision['what'] } | null = null;
  const note = (index: number | undefined, what: Collision['what']) => {
    if (index !== undefined && (first === null || index < first.index)) first = { index, what };
  };
  for (const mount of mounts) {
    const path = asMounted(mount.mountPath);
    note(places.atOrAbove(path), (ours) => `mounts volume ${mount.name} at ${path}, which collides with ${ours}`);
    if (mount.readOnly !== true) continue;
    note(
      places.below(path),
      (ours) =>
        `mounts volume ${mount.name} read-only at ${path}, and nothing can be mounted inside it as ${ours} would`,
    );
  }
  for (const { devicePath } of container.volumeDevices ?? []) {
    const path = asMounted(devicePath);
    const what = (ours: string) => `has a volumeDevice at ${path}, which collides with ${ours}`;
    note(places.atOrAbove(path), what);
    note(places.below(path), what);
  }
  return found(first, datasets);
}

function found(
  first: { index: number; what: Collision['what'] } | null,
  datasets: readonly Placed[],
): Collision | null {
  const dataset = first && datasets[first.index];
  return first && dataset ? { dataset, what: first.what } : null;
}
