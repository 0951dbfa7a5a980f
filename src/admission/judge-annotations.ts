/** Judges a pod's annotations before there is a pod, such as those of a workflow's template: all that can be said without its containers. */
import type { Config } from '../config/schema.ts';
import { pathWarnings } from './annotation-warnings.ts';
import { Denied } from './decision.ts';
import { refuseNesting } from './mount-collisions.ts';
import { readPod } from './pod.ts';
import { requestedDatasets } from './remembered-datasets.ts';
import { refuseTooManyCharacters } from './requested-datasets.ts';

/** What the webhook will say about any pod with these annotations. */
export interface Judgement {
  /** One line that says what to do; null where the annotations are right. */
  denial: string | null;
  warnings: string[];
}

/** The annotations name a dataset. */
export function judgeAnnotations(annotations: Readonly<Record<string, unknown>>, config: Config): Judgement {
  try {
    refuseTooManyCharacters(annotations);
    // The webhook's words for a value that is no text.
    readPod({ metadata: { annotations }, spec: { containers: [{ name: 'main' }] } });
    const requested = requestedDatasets(annotations as Record<string, string>, config);
    // Datasets in different containers may have one path.
    const places = new Set(requested.map(({ containers }) => containers?.[1]));
    if (places.size === 1) refuseNesting(requested);
    return { denial: null, warnings: pathWarnings(requested) };
  } catch (error) {
    if (error instanceof Denied) return { denial: `dvc-injector: ${error.message}`, warnings: [] };
    throw error;
  }
}
