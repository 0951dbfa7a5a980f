/** Puts the init containers where they have a network and hold nobody up for nothing: behind native mesh proxies, before all else. */
import type { Operation } from 'fast-json-patch';
import { fetcherContainer } from '../fetcher-container.ts';
import { insertInto } from '../patch.ts';
import type { Plan } from '../plan.ts';
import type { Pod } from '../pod.ts';

export function insertFetchers(pod: Pod, plan: Plan): Operation[] {
  const fetchers = plan.datasets.map((dataset) => fetcherContainer(pod, dataset, plan));
  return insertInto(pod.spec.initContainers, '/spec/initContainers', fetchers, position(pod, plan));
}

/**
 * Right after the last native sidecar of a mesh (an init container with `restartPolicy: Always` runs on, so there is a
 * network behind it); else first, before a classic `istio-init` redirects traffic to a proxy that does not run yet.
 */
function position(pod: Pod, plan: Plan): number {
  const { proxies } = plan.config.mesh;
  const last = (pod.spec.initContainers ?? []).findLastIndex(
    (container) => container.restartPolicy === 'Always' && proxies.includes(container.name),
  );
  return last + 1;
}
