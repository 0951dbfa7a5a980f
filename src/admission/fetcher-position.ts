/** Finds the position of our init containers: after a mesh's proxy, without which they have no network, and before all else. */
import type { Config } from '../config/schema.ts';
import type { Container, Pod } from './pod.ts';

/** True for an init container that keeps running beside those after it. */
export function isNativeSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/**
 * The index in `spec.initContainers`: right after the last native sidecar of a mesh, as there is a network behind it; else
 * first, before a classic `istio-init` redirects traffic to a proxy that does not run yet.
 */
export function fetcherPosition(pod: Pod, config: Config): number {
  const { proxies } = config.mesh;
  return (
    (pod.spec.initContainers ?? []).findLastIndex(
      (container) => isNativeSidecar(container) && proxies.includes(container.name),
    ) + 1
  );
}
