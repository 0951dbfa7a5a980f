/** Marks the pod as injected: a label that finds it by its dataset, and an annotation for people. */
import type { Operation } from 'fast-json-patch';
import { keyLabel, statusAnnotation } from '../annotations.ts';
import { setKeys } from '../patch.ts';
import type { Plan } from '../plan.ts';
import type { Pod } from '../pod.ts';

export function markPod(pod: Pod, plan: Plan): Operation[] {
  const [first] = plan.datasets;
  return [
    ...setKeys(pod.metadata?.labels, '/metadata/labels', { [keyLabel]: first?.key ?? '' }),
    ...setKeys(pod.metadata?.annotations, '/metadata/annotations', { [statusAnnotation]: 'injected' }),
  ];
}
