/** Decides about the pods of one place of an object by the webhook's own functions, as if they were being created now. */
import type { Operation } from 'fast-json-patch';
import { unknownAnnotationWarnings } from '../admission/annotation-warnings.ts';
import {
  annotationKey,
  annotationPrefix,
  namesDataset,
  readAnnotationKey,
  statusAnnotation,
} from '../admission/annotations.ts';
import { decide } from '../admission/decide.ts';
import { judgeAnnotations } from '../admission/judge-annotations.ts';
import type { AdmissionRequest } from '../admission/review.ts';
import type { Config } from '../config/schema.ts';
import { effectiveAnnotations, type FoundObject } from './find-objects.ts';
import { isManifest, type Manifest, valueAt } from './manifest.ts';
import type { Place } from './places.ts';

/** What becomes of one place. */
export interface Verdict {
  /**
   * `idle`: no pod asks for a dataset there; `template`: the template is injected, now or before; `left`: the annotations are
   * right, and the webhook will act on pods that are created with them; `open`: what they say isn't known yet.
   */
  fate: 'idle' | 'template' | 'left' | 'open';
  /** JSON patch operations for the pod template; empty where nothing changes. */
  operations: readonly Operation[];
  warnings: readonly string[];
  /** Null where pods may be created. */
  denial: string | null;
}

/** `target` is the namespace that the pods will be in. */
export function judgePlace(found: FoundObject, place: Place, target: string, config: Config): Verdict {
  const annotations = effectiveAnnotations(found, place);
  const idle = { fate: 'idle', operations: [], denial: null } as const;
  if (!namesDataset(annotations)) return { ...idle, warnings: idleAnnotationWarnings(found, place) };
  if (mayBeFilledIn(found, place) && hasParameters(annotations)) return { ...idle, fate: 'open', warnings: [] };
  const template = place.template && valueAt(found.object, place.template);
  if (isManifest(template)) return judgeTemplate(template, found, target, config);
  const { denial, warnings } = judgeAnnotations(annotations, config);
  const unknown = unknownAnnotationWarnings(ownAnnotations(found, place));
  return { ...idle, fate: 'left', warnings: [...warnings, ...unknown], denial };
}

/** The annotations of the place without those that stand elsewhere for all pods of the object. */
export function ownAnnotations({ object }: FoundObject, { annotations }: Place): Record<string, string> {
  const own = valueAt(object, annotations);
  return isManifest(own) ? (own as Record<string, string>) : {};
}

function judgeTemplate(template: Manifest, found: FoundObject, target: string, config: Config): Verdict {
  const decision = decide(creationOf(template, target, found.namespace), config);
  const verdict = { fate: 'template', operations: [], warnings: [], denial: null } as const;
  switch (decision.kind) {
    case 'deny':
      return { ...verdict, denial: decision.message };
    case 'skip':
      return { ...verdict, fate: 'idle' };
    case 'unchanged':
      return { ...verdict, warnings: decision.warnings };
    case 'inject':
      return { ...verdict, operations: decision.operations, warnings: decision.warnings };
  }
}

/** The request that the API server would send for this pod, or for the pods that a controller makes of this template. */
function creationOf(template: Manifest, namespace: string, own: string | null): AdmissionRequest {
  const metadata = isManifest(template.metadata) ? template.metadata : {};
  return {
    uid: 'offline',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    subResource: '',
    operation: 'CREATE',
    namespace,
    name: '',
    dryRun: true,
    // A template's pods live where their workload lives.
    object: { ...template, metadata: own === null ? metadata : { ...metadata, namespace: own } },
  };
}

/** Whether somebody may put values in place of parameters before pods are made: not where a pod template is used as it stands. */
function mayBeFilledIn({ row, isEmbedded }: FoundObject, { template }: Place): boolean {
  return template === null || row === null || isEmbedded;
}

/** Argo writes `{{…}}`, Tekton `$(…)`, Katib `${…}`. */
export function hasParameters(annotations: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(annotations).some(
    ([key, value]) => key.startsWith(annotationPrefix) && typeof value === 'string' && /\{\{|\$\(|\$\{/.test(value),
  );
}

/**
 * Warnings about annotations without a dataset, such as a misspelt `dvc.io/datset`. On a cluster an admission policy gives
 * them, as such a pod never reaches the webhook.
 */
function idleAnnotationWarnings(found: FoundObject, place: Place): string[] {
  const all = ownAnnotations(found, place);
  const known = Object.keys(all).filter((key) => key !== statusAnnotation && readAnnotationKey(key));
  // Where a pod's annotations come from several places, the dataset may stand in an object that isn't here.
  const isOnlyPlace = !found.row?.shared;
  return [
    ...unknownAnnotationWarnings(all),
    ...(isOnlyPlace ? known : []).map(
      (key) => `annotation ${key} has no effect, as no ${annotationKey('dataset', null)} asks for a dataset`,
    ),
  ];
}
