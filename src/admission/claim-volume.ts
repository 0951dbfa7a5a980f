/** Finds the pod's own volume of the shared claim and uses it, as the kubelet hangs on a pod with two volumes of one claim. */
import type { Config } from '../config/schema.ts';
import { Denied } from './decision.ts';
import { firstWarnings } from './first-warnings.ts';
import { volumeNames } from './names.ts';
import { type Container, containersOf, type Pod } from './pod.ts';

/**
 * The name of the pod's own volume of the claim, else the name that the added one will have.
 * Two volumes of one claim: kubernetes/kubernetes#132921.
 * @throws {Denied} where the pod's volume can't be written by the init container, or there are two of the claim
 */
export function findClaimVolume(pod: Pod, config: Config): { name: string; isNew: boolean } {
  const { claimName } = config.storage;
  const own = (pod.spec.volumes ?? []).filter((volume) => volume.persistentVolumeClaim?.claimName === claimName);
  const [first, second] = own;
  if (!first) return { name: volumeNames.dataset, isNew: true };
  if (second) {
    throw new Denied(
      'claim-volume-unusable',
      `volumes ${first.name} and ${second.name} are both of the claim ${claimName}, and the pod would never start; keep one of them and mount it twice`,
    );
  }
  if (first.persistentVolumeClaim?.readOnly === true) {
    throw new Denied(
      'claim-volume-unusable',
      `volume ${first.name} has persistentVolumeClaim.readOnly: true, but the dataset has to be written to that claim before the pod starts; drop it there and set readOnly: true on the volumeMounts instead`,
    );
  }
  return { name: first.name, isNew: false };
}

/** A warning for each container but ours that can write to the whole shared volume, where datasets of others lie. */
export function writableMountWarnings(
  pod: Pod,
  volume: string,
  fetchers: ReadonlySet<Container> = new Set(),
): string[] {
  const warnings = containersOf(pod)
    .filter(
      (container) =>
        !fetchers.has(container) &&
        container.volumeMounts?.some((mount) => mount.name === volume && mount.readOnly !== true),
    )
    .map(
      (container) =>
        `container ${container.name} mounts the shared claim's volume ${volume} writable and can corrupt datasets of others; set readOnly: true on that volumeMount`,
    );
  return firstWarnings(
    warnings,
    (more) => `${more} more containers mount the shared claim's volume ${volume} writable`,
  );
}
