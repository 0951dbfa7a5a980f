/** Refuses the pods in which an init container that writes to NFS can't work, before they hang or fail on a node. */
import { quantityValue } from '../config/quantity.ts';
import type { Config } from '../config/schema.ts';
import { Denied } from './decision.ts';
import type { PlannedDataset } from './plan.ts';
import type { Pod } from './pod.ts';

/** @throws {Denied} naming the field in the way */
export function refuseUnsupportedPod(pod: Pod, config: Config): void {
  if (pod.spec.os?.name === 'windows' || pod.spec.nodeSelector?.['kubernetes.io/os'] === 'windows') {
    throw new Denied(
      'unsupported-pod',
      'the pod is for Windows (spec.os or nodeSelector), where the shared volume and the fetcher do not exist; run it on Linux or remove the dvc.io/dataset annotations',
    );
  }
  if (pod.spec.hostUsers === false) {
    throw new Denied(
      'unsupported-pod',
      'the pod sets hostUsers: false, but NFS volumes (EFS) can not be mounted in a user namespace; remove hostUsers',
    );
  }
  if (config.fetcher.runAsUser === null && pod.spec.securityContext?.runAsUser === 0) {
    throw new Denied(
      'root-user',
      "the init container inherits the pod's user, and securityContext.runAsUser is 0; set another user on the pod, or ask the admin to set fetcher.runAsUser",
    );
  }
}

/**
 * Kubernetes refuses containers that ask for more than their pod's own `spec.resources` (pod-level resources, 1.34 beta).
 * @throws {Denied} naming the first resource that does not fit
 */
export function refuseExceededPodResources(pod: Pod, dataset: PlannedDataset): void {
  for (const bound of ['limits', 'requests'] as const) {
    for (const resource of ['cpu', 'memory'] as const) {
      const written = pod.spec.resources?.[bound]?.[resource];
      const available = quantityValue(written);
      if (available !== null && (quantityValue(dataset[resource]) ?? 0) > available) {
        throw new Denied(
          'pod-resources-exceeded',
          `the init container needs ${resource} ${dataset[resource]}, more than the pod's own spec.resources.${bound}.${resource} of ${written}; raise that, or set annotation dvc.io/${resource} to at most ${written}`,
        );
      }
    }
  }
}

/** Warnings where the init container, not the training, decides how much a node must have free (requests of pods are the larger of the two). */
export function sizeWarnings(pod: Pod, dataset: PlannedDataset): string[] {
  if (pod.spec.resources) return [];
  return (['cpu', 'memory'] as const).flatMap((resource) => {
    const requests = pod.spec.containers.map((container) =>
      quantityValue(container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource]),
    );
    if (requests.some((request) => request === null)) return [];
    const sum = requests.reduce<number>((total, request) => total + (request ?? 0), 0);
    if ((quantityValue(dataset[resource]) ?? 0) <= sum) return [];
    return [
      `the init container asks for ${resource} ${dataset[resource]}, more than the containers together, so scheduling and quota count that; set annotation dvc.io/${resource} to less if it needs less`,
    ];
  });
}
