/** Chooses which of a pod's app containers get a dataset: the one that trains, not the proxies and helpers beside it. */
import type { Config } from '../config/schema.ts';
import { trainingContainer } from './accelerators.ts';
import { annotationKey } from './annotations.ts';
import { Denied } from './decision.ts';
import type { Container, Pod } from './pod.ts';
import type { RequestedDataset } from './requested-datasets.ts';

/** Indices into `spec.containers`, in their order, and a warning where the choice was a guess. */
export interface Choice {
  indices: readonly number[];
  warning: string | null;
}

/**
 * Chooses for one dataset after the other. The annotation decides; without it, in this order: the only container that is
 * no proxy, the one named by `kubectl.kubernetes.io/default-container`, `main` (Argo, Kubeflow), the first that asks for
 * an accelerator (accelerators.ts), the first with a warning. What is chosen once is the very same choice for all datasets
 * that ask in the same words, so that the containers are looked through once for each wording and not for each dataset.
 * @throws {Denied} when the annotation names a container that the pod does not have
 */
export function containerChooser(pod: Pod, config: Config): (dataset: RequestedDataset) => Choice {
  const { containers } = pod.spec;
  let named: ReadonlyMap<string, number[]> | undefined; // made for the first annotation that names some
  const byName = () => {
    named ??= Map.groupBy(containers.keys(), (index) => at(containers, index).name);
    return named;
  };
  const candidates = [...containers.keys()].filter(
    (index) => !config.mesh.proxies.includes(at(containers, index).name),
  );
  const chosen = new Map<string | null, Choice>();
  return (dataset) => {
    const written = dataset.containers?.[1] ?? null;
    const choice =
      chosen.get(written) ??
      (dataset.containers
        ? { indices: namedIndices(dataset.containers, byName, candidates), warning: null }
        : defaultChoice(pod, candidates, config));
    chosen.set(written, choice);
    return choice;
  };
}

function defaultChoice(pod: Pod, candidates: readonly number[], config: Config): Choice {
  const { containers } = pod.spec;
  const [first = 0] = candidates;
  if (candidates.length === 1) return { indices: [first], warning: null };
  const preferred = pod.metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  const byRule =
    candidates.find((index) => at(containers, index).name === preferred) ??
    candidates.find((index) => at(containers, index).name === 'main') ??
    trainingContainer(containers, candidates, config.accelerators);
  if (byRule !== undefined) return { indices: [byRule], warning: null };
  const chosen = at(containers, first).name;
  return {
    indices: [first],
    warning: `the dataset is mounted in container ${chosen} only, as nothing tells which one trains; name it in ${annotationKey('containers', null)}`,
  };
}

function namedIndices(
  [annotation, value]: [annotation: string, value: string],
  index: () => ReadonlyMap<string, number[]>,
  candidates: readonly number[],
): readonly number[] {
  if (value === '*') return candidates.length > 0 ? candidates : [0];
  const byName = index();
  const names = new Set(value.split(',').map((name) => name.trim()));
  names.delete('');
  const missing = [...names].filter((name) => !byName.has(name));
  if (names.size === 0 || missing.length > 0) {
    throw new Denied(
      'invalid-annotation',
      `annotation ${annotation}: ${names.size === 0 ? 'it names no container' : `the pod has no container ${listed(missing)}`}; it has ${listed([...byName.keys()])}, and * stands for all but mesh proxies`,
    );
  }
  return [...names].flatMap((name) => byName.get(name) ?? []).sort((one, other) => one - other);
}

/** The first ten names and how many more there are, so that a hostile pod can't make the sentence endless. */
function listed(names: readonly string[]): string {
  return `${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
}

function at(containers: readonly Container[], index: number): Container {
  const found = containers[index];
  if (!found) throw new RangeError(`no container at index ${index}`);
  return found;
}
