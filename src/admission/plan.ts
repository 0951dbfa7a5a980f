/** Everything the steps of an injection need to know, decided once before the first of them runs. */
import type { Config } from '../config/schema.ts';
import { chooseContainers } from './choose-containers.ts';
import type { Pod } from './pod.ts';
import type { DatasetWish } from './wish.ts';

/** A dataset with the containers that get it. */
export interface PlannedDataset extends DatasetWish {
  /** Indices into `spec.containers`, at least one. */
  targets: number[];
}

export interface Plan {
  /** At least one; the first one gives the pod its label. */
  datasets: PlannedDataset[];
  config: Config;
  /** Name of the pod's volume on the shared claim: the user's own if there is one, else ours. */
  claimVolume: string;
  warnings: string[];
}

/** @throws {import('./decision.ts').Denied} */
export function makePlan(pod: Pod, wishes: readonly DatasetWish[], claimVolume: string, config: Config): Plan {
  const warnings = new Set<string>();
  const datasets = wishes.map((wish) => {
    const choice = chooseContainers(pod, wish, config);
    if (choice.warning) warnings.add(choice.warning);
    return { ...wish, targets: choice.indices };
  });
  return { datasets, config, claimVolume, warnings: [...warnings] };
}
