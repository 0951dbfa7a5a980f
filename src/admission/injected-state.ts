/** Tells a pod that was injected before, for these datasets or others, from one whose own names look like ours. */
import type { Config } from '../config/schema.ts';
import { pointerSubPath } from '../dataset/layout.ts';
import { datasetVariable, keyVariable } from '../fetch-variables.ts';
import { clipped } from '../text.ts';
import { Denied } from './decision.ts';
import { refuseOtherRights } from './fetcher-rights.ts';
import { fetcherName, fetcherPaths } from './names.ts';
import { asMounted } from './paths.ts';
import { mostMounts } from './plan.ts';
import type { Container, Pod, VolumeMount } from './pod.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/** A requested dataset that the pod has an init container of ours for. */
export interface InjectedDataset {
  dataset: RequestedDataset;
  fetcher: Container;
  /** The app containers that mount it, each with its mount; at least one. */
  mounts: readonly ContainerMount[];
}

export type ContainerMount = readonly [container: Container, mount: VolumeMount];

/**
 * Every requested dataset as it is injected: its init container carries the computed key and has the rights that ours have,
 * a container mounts that key, and both use the configured claim. Null where none is injected. The init container's
 * position, size and image do not matter, as others may change them. The status annotation is never read, as anybody can
 * write it.
 * @throws {Denied} where some are there and some are not, or one was injected for another dataset or claim, or is no container of ours
 */
export function findInjected(
  pod: Pod,
  requested: readonly RequestedDataset[],
  config: Config,
): InjectedDataset[] | null {
  const found = fetchersOf(pod, requested);
  const [present] = found;
  if (!present) return null;
  const ofClaim = volumesOfClaim(pod, config);
  const bySubPath = mountsBySubPath(pod);
  refuseTooManyMounts(requested, bySubPath);
  const injected = found.map(({ dataset, fetcher, key }): InjectedDataset => {
    const mounts = bySubPath.get(pointerSubPath(dataset.key)) ?? [];
    if (key !== dataset.key || mounts.length === 0) throw injectedForAnother(pod, fetcher, key === dataset.key);
    for (const each of [writtenMount(fetcher, ofClaim), ...mounts]) refuseOtherVolume(pod, each, ofClaim, config);
    refuseOtherRights(fetcher, dataset, config);
    return { dataset, fetcher, mounts };
  });
  if (injected.length === requested.length) return injected;
  const { reference } = present.dataset;
  throw new Denied(
    'injected-for-another',
    `the pod was injected for ${reference.repository.canonical}@${reference.revision}:${reference.split} before it asked for more; ${removalAdvice(pod)}`,
  );
}

/** The requested datasets for which there is an init container of their name with any key. */
function fetchersOf(pod: Pod, requested: readonly RequestedDataset[]) {
  const wanted = new Set(requested.map((dataset) => fetcherName(dataset.name)));
  const byName = new Map<string, Container>();
  for (const container of pod.spec.initContainers ?? []) {
    if (wanted.has(container.name) && !byName.has(container.name)) byName.set(container.name, container);
  }
  return requested.flatMap((dataset) => {
    const fetcher = byName.get(fetcherName(dataset.name));
    const key = fetcher ? variableOf(fetcher, keyVariable) : null;
    return fetcher && key !== null ? [{ dataset, fetcher, key }] : [];
  });
}

function volumesOfClaim(pod: Pod, config: Config): ReadonlySet<string> {
  const { claimName } = config.storage;
  const own = (pod.spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim?.claimName === claimName);
  return new Set(own.map((volume) => volume.name));
}

function mountsBySubPath(pod: Pod): Map<string, ContainerMount[]> {
  const all = pod.spec.containers.flatMap((container) =>
    (container.volumeMounts ?? []).map((mount): ContainerMount => [container, mount]),
  );
  return Map.groupBy(all, ([, mount]) => mount.subPath ?? '');
}

/** More than the injection makes: it would take long to compare them, and no container needs a dataset twice. */
function refuseTooManyMounts(
  requested: readonly RequestedDataset[],
  bySubPath: ReadonlyMap<string, readonly ContainerMount[]>,
): void {
  const keys = new Set(requested.map((dataset) => dataset.key));
  const mounts = [...keys].reduce((sum, key) => sum + (bySubPath.get(pointerSubPath(key))?.length ?? 0), 0);
  if (mounts <= mostMounts) return;
  throw new Denied(
    'mount-conflict',
    `the pod mounts its datasets ${mounts} times, and at most ${mostMounts} can be; remove the mounts of datasets/… from the manifest and create it again`,
  );
}

/** What the init container writes to: of several mounts there the one that is not of the claim. */
function writtenMount(
  fetcher: Container,
  ofClaim: ReadonlySet<string>,
): readonly [container: Container, mount: VolumeMount | undefined] {
  const there = (fetcher.volumeMounts ?? []).filter((mount) => asMounted(mount.mountPath) === fetcherPaths.volume);
  return [fetcher, there.find((mount) => !ofClaim.has(mount.name)) ?? there[0]];
}

/** If the dataset were fetched to one volume and mounted from another, the training would see an empty folder. */
function refuseOtherVolume(
  pod: Pod,
  [container, mount]: readonly [container: Container, mount: VolumeMount | undefined],
  ofClaim: ReadonlySet<string>,
  config: Config,
): void {
  if (mount && ofClaim.has(mount.name)) return;
  throw new Denied(
    'claim-volume-unusable',
    `container ${container.name} ${mount ? `has volume ${mount.name}` : 'has nothing'} where the dataset should be, which is not the claim ${config.storage.claimName} of the configuration; ${removalAdvice(pod)}`,
  );
}

function injectedForAnother(pod: Pod, fetcher: Container, sameKey: boolean): Denied {
  const other = clipped(variableOf(fetcher, datasetVariable) ?? `key ${variableOf(fetcher, keyVariable)}`, 200);
  return new Denied(
    'injected-for-another',
    sameKey
      ? `the pod was injected for ${other}, but no container mounts that dataset any more; ${removalAdvice(pod)}`
      : `the pod was injected for ${other}, as a copy of a running pod is; ${removalAdvice(pod)}`,
  );
}

/** A warning for each init container of an injected pod that runs another image, which may do anything with the shared volume. */
export function foreignImageWarnings(injected: readonly InjectedDataset[], config: Config): string[] {
  return injected
    .filter(({ fetcher }) => fetcher.image !== config.fetcher.image)
    .map(
      ({ fetcher }) =>
        `init container ${fetcher.name} runs the image ${fetcher.image ?? '(none)'}, and dvc-injector is configured for ${config.fetcher.image}; if it should be that one, take the init container out of the manifest`,
    );
}

function removalAdvice(pod: Pod): string {
  const containers = (pod.spec.initContainers ?? [])
    .filter((container) => variableOf(container, keyVariable) !== null)
    .map((container) => container.name);
  return `remove init container ${containers.join(', ')}, the dvc-* volumes, the mounts of datasets/… and the DVC_DATASET variables from the manifest and create it again`;
}

function variableOf(container: Container, variable: string): string | null {
  return (container.env ?? []).find((each) => each.name === variable)?.value ?? null;
}
