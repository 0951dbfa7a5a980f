/** Decides once, before the first step of an injection runs, everything that the steps need to know. */
import { quantityValue } from '../config/quantity.ts';
import type { Config } from '../config/schema.ts';
import { annotationKey } from './annotations.ts';
import { chooseContainers } from './choose-containers.ts';
import { type CloudIdentity, findCloudIdentity } from './cloud-identity.ts';
import { Denied } from './decision.ts';
import type { Pod } from './pod.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/** A requested dataset with the containers that get it. */
export interface PlannedDataset extends RequestedDataset {
  /** Indices into `spec.containers`, at least one. */
  targets: number[];
  /** The cloud identity of the containers that get it. */
  identity: CloudIdentity;
}

export interface Plan {
  /** At least one; the first one gives the pod its label. */
  datasets: PlannedDataset[];
  config: Config;
  /** Name of the pod's volume on the shared claim: the user's own if there is one, else ours. */
  claimVolume: string;
  warnings: string[];
}

/** Far more than real pods have. It bounds datasets × containers, so that no pod can occupy the webhook for long. */
const mostMounts = 1000;

/** @throws {Denied} where a requested container does not exist, or there would be more than {@link mostMounts} mounts */
export function makePlan(pod: Pod, requested: readonly RequestedDataset[], claimVolume: string, config: Config): Plan {
  const warnings = new Set<string>();
  const datasets = requested.map((dataset) => {
    const choice = chooseContainers(pod, dataset, config);
    const identity = findCloudIdentity(choice.indices.flatMap((index) => pod.spec.containers[index] ?? []));
    for (const warning of [choice.warning, ...identity.warnings]) if (warning) warnings.add(warning);
    return { ...dataset, targets: choice.indices, identity };
  });
  const mounts = datasets.reduce((sum, dataset) => sum + dataset.targets.length, 0);
  if (mounts > mostMounts) {
    throw new Denied(
      'invalid-annotation',
      `the datasets would be mounted ${mounts} times in this pod, and at most ${mostMounts} can be; name fewer containers in annotation ${annotationKey('containers', null)}`,
    );
  }
  return { datasets, config, claimVolume, warnings: [...warnings] };
}

/** The size of the one scratch volume that serves all: init containers run one after the other, and each leaves it empty. */
export function scratchSize(datasets: readonly PlannedDataset[]): string {
  const sizes = datasets.map((dataset) => dataset.scratch);
  return sizes.reduce((largest, size) => ((quantityValue(size) ?? 0) > (quantityValue(largest) ?? 0) ? size : largest));
}
