/** Labels the pod as injected, so that it can be selected by its dataset, and annotates it for people. */
import type { Operation } from 'fast-json-patch';
import { keyLabel, statusAnnotation } from '../annotations.ts';
import { setKeys } from '../patch.ts';
import type { Plan } from '../plan.ts';
import type { Pod } from '../pod.ts';

/** Sets the label of the first dataset's key and the status annotation. */
export function labelPod(pod: Pod, plan: Plan): Operation[] {
  const [first] = plan.datasets;
  return [
    ...setKeys(pod.metadata?.labels, '/metadata/labels', { [keyLabel]: first?.key ?? '' }),
    ...setKeys(pod.metadata?.annotations, '/metadata/annotations', { [statusAnnotation]: 'injected' }),
  ];
}
