/** Warns where a service mesh leaves init containers without a network, which otherwise shows as a mysterious time-out. */
import type { Config } from '../config/schema.ts';
import type { Pod } from './pod.ts';

/** Init containers that only the CNI variants of meshes add: there, traffic is redirected before any container runs. */
const cniValidators = ['istio-validation', 'linkerd-network-validator'];

/**
 * With a mesh's CNI plugin all traffic goes to the proxy from the start; as long as that is an ordinary container it
 * starts after every init container. Source: istio/istio#38354, kserve/kserve#2096.
 */
export function meshWarnings(pod: Pod, config: Config): string[] {
  const inits = pod.spec.initContainers ?? [];
  const usesCni = inits.some((container) => cniValidators.includes(container.name));
  const proxy = pod.spec.containers.find((container) => config.mesh.proxies.includes(container.name));
  if (!usesCni || !proxy) return [];
  return [
    `the mesh's CNI sends all traffic to ${proxy.name}, which starts after the init containers, so the fetch will have no network; enable native sidecars in the mesh, or exclude UID ${config.fetcher.runAsUser ?? 'of the fetcher'} from redirection`,
  ];
}
