/** Compares the init container's resources with the pod's: denies what Kubernetes would refuse, warns where the pod needs a larger node. */
import { quantityValue } from '../config/quantity.ts';
import { annotationKey } from './annotations.ts';
import { Denied } from './decision.ts';
import { fetcherPosition, isNativeSidecar } from './fetcher-position.ts';
import type { Plan, PlannedDataset } from './plan.ts';
import { annotationsOf, type Container, type Pod } from './pod.ts';

const resources = ['cpu', 'memory'] as const;
type Resource = (typeof resources)[number];

/**
 * Kubernetes refuses a pod whose containers together request more than its own `spec.resources` (pod-level resources,
 * 1.34 beta). Native sidecars before the init container run beside it and count too. Source: validatePodResourceConsistency.
 * @throws {Denied} naming the first resource that does not fit
 */
export function refuseExceededPodResources(pod: Pod, plan: Plan): void {
  if (!pod.spec.resources) return;
  const bounds = boundsOf(pod, plan);
  for (const dataset of plan.datasets) {
    for (const { bound, resource, written, available, sidecars, taken } of bounds) {
      if (available === null || sum([amountOf(dataset, resource), taken]) <= available) continue;
      const also = sidecars.length > 0 ? ` beside the sidecar ${sidecars.slice(0, 5).join(', ')}` : '';
      throw new Denied(
        'pod-resources-exceeded',
        `the init container needs ${resource} ${dataset[resource]}${also}, more than the pod's own spec.resources.${bound}.${resource} of ${written}; raise that, or set annotation ${sizeAnnotation(pod, resource, dataset.name)} to ${sidecars.length > 0 ? 'less' : `at most ${written}`}`,
      );
    }
  }
}

/** What the pod itself has of each resource, and which sidecars take how much of it. */
function boundsOf(pod: Pod, plan: Plan) {
  const before = sidecarsBefore(pod, plan);
  return (['limits', 'requests'] as const).flatMap((bound) =>
    resources.map((resource) => {
      const written = pod.spec.resources?.[bound]?.[resource];
      // Limits are each container's own; only requests are summed.
      const beside = bound === 'requests' ? before : [];
      const sidecars = beside.filter((container) => requestOf(container, resource)).map(({ name }) => name);
      const taken = sum(beside.map((container) => requestOf(container, resource)));
      return { bound, resource, written, available: quantityValue(written), sidecars, taken };
    }),
  );
}

/**
 * Warnings where an init container, not the training, decides how much a node must have free: a pod requests the larger
 * of all containers together and of each init container with the native sidecars before it.
 */
export function sizeWarnings(pod: Pod, plan: Plan): string[] {
  if (pod.spec.resources) return [];
  const requests = resources.map((resource) => [resource, requestedTogether(pod, resource, plan)] as const);
  const warnings = plan.datasets.flatMap((dataset) =>
    requests
      .filter(([resource, together]) => together !== null && amountOf(dataset, resource) > together)
      .map(
        ([resource]) =>
          `the init container asks for ${resource} ${dataset[resource]}, more than the containers together, so scheduling and quota count that; set annotation ${sizeAnnotation(pod, resource, dataset.name)} to less if it needs less`,
      ),
  );
  return [...new Set(warnings)];
}

/** Null where a container says nothing of the resource. */
function requestedTogether(pod: Pod, resource: Resource, plan: Plan): number | null {
  const requests: (number | null)[] = [];
  for (const container of pod.spec.containers) {
    const request = requestOf(container, resource);
    if (request === null) return null;
    requests.push(request);
  }
  // Sidecars before the init container count on both sides of the comparison, so they are left out.
  const later = (pod.spec.initContainers ?? []).slice(fetcherPosition(pod, plan.config)).filter(isNativeSidecar);
  return sum([...requests, ...later.map((container) => requestOf(container, resource))]);
}

function sidecarsBefore(pod: Pod, plan: Plan): Container[] {
  return (pod.spec.initContainers ?? []).slice(0, fetcherPosition(pod, plan.config)).filter(isNativeSidecar);
}

/** A container without a request requests its limit; null where it has neither. */
function requestOf(container: Container, resource: Resource): number | null {
  return quantityValue(container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource]);
}

function amountOf(dataset: PlannedDataset, resource: Resource): number {
  return quantityValue(dataset[resource]) ?? 0;
}

/** Rounded to a thousandth: in floating point 0.1 + 0.2 is more than 0.3, and no quantity that matters is finer. */
function sum(amounts: readonly (number | null)[]): number {
  const total = amounts.reduce<number>((all, amount) => all + (amount ?? 0), 0);
  return Math.round(total * 1000) / 1000;
}

/** The annotation that decides: the dataset's own where it is written, which would win over the pod's. */
function sizeAnnotation(pod: Pod, resource: Resource, dataset: string | null): string {
  const own = annotationKey(resource, dataset);
  return Object.hasOwn(annotationsOf(pod), own) ? own : annotationKey(resource, null);
}
