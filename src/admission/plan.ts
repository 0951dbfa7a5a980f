/** Decides once, before the first step of an injection runs, everything that the steps need to know. */
import { quantityValue } from '../config/quantity.ts';
import type { Config } from '../config/schema.ts';
import { annotationKey } from './annotations.ts';
import { type Choice, containerChooser } from './choose-containers.ts';
import { type CloudIdentity, cloudIdentities } from './cloud-identity.ts';
import { Denied } from './decision.ts';
import type { Pod } from './pod.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/** A requested dataset with the containers that get it. */
export interface PlannedDataset extends RequestedDataset {
  /** Indices into `spec.containers`, at least one. */
  targets: readonly number[];
  /** The cloud identity of the containers that get it. */
  identity: CloudIdentity;
}

export interface Plan {
  /** At least one; the first one gives the pod its label. */
  datasets: readonly PlannedDataset[];
  /** The datasets of each container that gets any, by its index in `spec.containers`, in the order of the containers. */
  byContainer: ReadonlyMap<number, readonly PlannedDataset[]>;
  /** The size of the one scratch volume that serves all: init containers run one after the other, and each leaves it empty. */
  scratch: string;
  config: Config;
  /** Name of the pod's volume on the shared claim: the user's own if there is one, else ours. */
  claimVolume: string;
  warnings: string[];
}

/** Far more than real pods have. It bounds datasets × containers, so that no pod can occupy the webhook for long. */
export const mostMounts = 1000;

/** @throws {Denied} where a requested container does not exist, or there would be more than {@link mostMounts} mounts */
export function makePlan(pod: Pod, requested: readonly RequestedDataset[], claimVolume: string, config: Config): Plan {
  const warnings = new Set<string>();
  const choose = containerChooser(pod, config);
  const identityOf = cloudIdentities(pod);
  const identities = new Map<Choice, CloudIdentity>();
  let mounts = 0;
  const datasets = requested.map((dataset) => {
    const choice = choose(dataset);
    mounts += choice.indices.length;
    if (mounts > mostMounts) throw tooManyMounts(mounts);
    const identity = identities.get(choice) ?? identityOf(choice.indices);
    identities.set(choice, identity);
    for (const warning of [choice.warning, ...identity.warnings]) if (warning) warnings.add(warning);
    return { ...dataset, targets: choice.indices, identity };
  });
  return {
    datasets,
    byContainer: groupedByContainer(datasets),
    scratch: largest(datasets.map((dataset) => dataset.scratch)),
    config,
    claimVolume,
    warnings: [...warnings],
  };
}

/** `mounts` are those up to the dataset that is too many. */
function tooManyMounts(mounts: number): Denied {
  return new Denied(
    'invalid-annotation',
    `the datasets would be mounted ${mounts} times in this pod, and at most ${mostMounts} can be; name fewer containers in annotation ${annotationKey('containers', null)}`,
  );
}

function groupedByContainer(datasets: readonly PlannedDataset[]): Map<number, readonly PlannedDataset[]> {
  const [only, second] = datasets;
  if (only && !second) return new Map(only.targets.map((index) => [index, datasets]));
  const pairs = datasets.flatMap((dataset) => dataset.targets.map((index) => ({ index, dataset })));
  pairs.sort((one, other) => one.index - other.index);
  const groups = Map.groupBy(pairs, ({ index }) => index);
  return new Map([...groups].map(([index, group]) => [index, group.map(({ dataset }) => dataset)]));
}

function largest(quantities: readonly string[]): string {
  const bytes = (quantity: string) => quantityValue(quantity) ?? 0;
  return quantities.reduce((most, each) => (bytes(each) > bytes(most) ? each : most));
}
