/** Inserts the init containers, one for each dataset, where they have a network. */
import type { Operation } from 'fast-json-patch';
import { fetcherContainer, limitsStorage } from '../fetcher-container.ts';
import { fetcherPosition } from '../fetcher-position.ts';
import { insertInto } from '../patch.ts';
import type { Plan } from '../plan.ts';
import type { Pod } from '../pod.ts';

/** Inserts them behind native sidecars of a mesh and before all else: see {@link fetcherPosition}. */
export function insertFetchers(pod: Pod, plan: Plan): Operation[] {
  const limited = limitsStorage(pod);
  const fetchers = plan.datasets.map((dataset) => fetcherContainer(dataset, plan, limited));
  return insertInto(pod.spec.initContainers, '/spec/initContainers', fetchers, fetcherPosition(pod, plan.config));
}
