/** Decides about the pod of one object by the webhook's own function, as if the pod were being created now. */
import type { Operation } from 'fast-json-patch';
import { unknownAnnotationWarnings } from '../admission/annotation-warnings.ts';
import { annotationKey, readAnnotationKey, statusAnnotation } from '../admission/annotations.ts';
import { decide } from '../admission/decide.ts';
import { annotationsOf } from '../admission/pod.ts';
import type { AdmissionRequest } from '../admission/review.ts';
import type { Config } from '../config/schema.ts';
import { annotatedPaths, type FoundObject, isManifest, type Manifest, valueAt } from './pod-templates.ts';

/** What is to be done with one object. */
export interface Outcome {
  /** JSON patch operations for the pod or template; empty where nothing changes. */
  operations: readonly Operation[];
  warnings: string[];
  /** Null where the pod may be created. */
  denial: string | null;
}

/** `namespace` is where the user will apply the manifest; null where only the manifest says that, if at all. */
export function injectObject(found: FoundObject, namespace: string | null, config: Config): Outcome {
  const warnings = misplacedAnnotationWarnings(found);
  const nothing: Outcome = { operations: [], warnings, denial: null };
  const template = found.template && valueAt(found.object, found.template);
  if (!found.template || !isManifest(template)) return nothing;
  const own = namespaceOf(found.object);
  const target = namespace ?? own ?? 'default';
  const decision = decide(creationOf(template, target, own), config);
  switch (decision.kind) {
    case 'deny':
      return { ...nothing, denial: decision.message };
    case 'skip':
      if (decision.reason === 'excluded-namespace' && annotatedPaths(template).length > 0)
        warnings.push(`pods of the namespace ${target} are never injected; left as it is`);
      if (decision.reason === 'not-annotated') warnings.push(...unusedAnnotationWarnings(template));
      return nothing;
    case 'unchanged':
      return { ...nothing, warnings: [...warnings, ...decision.warnings] };
    case 'inject':
      return { ...nothing, operations: decision.operations, warnings: [...warnings, ...decision.warnings] };
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

function namespaceOf(object: Manifest): string | null {
  const namespace = valueAt(object, ['metadata', 'namespace']);
  return typeof namespace === 'string' && namespace !== '' ? namespace : null;
}

/**
 * Warnings about annotations without a dataset, such as a misspelt `dvc.io/datset`. On a cluster an admission policy gives
 * them, as such a pod never reaches the webhook.
 */
function unusedAnnotationWarnings(template: Manifest): string[] {
  const all = annotationsOf(template);
  const known = Object.keys(all).filter((key) => key !== statusAnnotation && readAnnotationKey(key));
  return [
    ...unknownAnnotationWarnings(all),
    ...known.map(
      (key) => `annotation ${key} has no effect, as no ${annotationKey('dataset', null)} asks for a dataset`,
    ),
  ];
}

/** Warnings about annotations that no pod will get from there, or that only the webhook will see. */
function misplacedAnnotationWarnings({ object, kind, template }: FoundObject): string[] {
  const right = template && [...template, 'metadata', 'annotations'].join('.');
  return annotatedPaths(object)
    .map((path) => path.join('.'))
    .filter((path) => path !== right)
    .map((path) =>
      right === null
        ? `the annotation in ${path} is left to the webhook, as pods of a ${kind} are not injected offline: it acts when they are created with it`
        : `the annotation in ${path} has no effect there; move it to ${right}`,
    );
}
