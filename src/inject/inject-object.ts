/** Asks the webhook's own function about the pod of one manifest, as if it were being created now. */
import type { Operation } from 'fast-json-patch';
import { unknownAnnotationWarnings } from '../admission/annotation-warnings.ts';
import { annotationKey, readAnnotationKey, statusAnnotation } from '../admission/annotations.ts';
import { decide } from '../admission/decide.ts';
import { annotationsOf } from '../admission/pod.ts';
import type { AdmissionRequest } from '../admission/review.ts';
import type { Config } from '../config/schema.ts';
import { annotatedPlaces, type Found, isManifest, type Manifest, valueAt } from './pod-templates.ts';

/** What becomes of one object. */
export interface Outcome {
  /** To apply to the pod or template; empty where nothing changes. */
  operations: readonly Operation[];
  warnings: string[];
  /** Null where the pod may be created. */
  denial: string | null;
}

/** Decides about an object's pod; `namespace` is where the user will apply the manifest, null where only the manifest tells. */
export function injectObject(found: Found, namespace: string | null, config: Config): Outcome {
  const warnings = strayAnnotations(found);
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
      if (decision.reason === 'excluded-namespace' && annotatedPlaces(template).length > 0)
        warnings.push(`pods of the namespace ${target} are never injected; left as it is`);
      if (decision.reason === 'not-annotated') warnings.push(...idleAnnotations(template));
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

/** What `dvc.io/datset` comes to: on a cluster a policy warns, as such a pod never reaches the webhook; here we have to. */
function idleAnnotations(template: Manifest): string[] {
  const all = annotationsOf(template);
  const known = Object.keys(all).filter((key) => key !== statusAnnotation && readAnnotationKey(key));
  return [
    ...unknownAnnotationWarnings(all),
    ...known.map(
      (key) => `annotation ${key} has no effect, as no ${annotationKey('dataset', null)} asks for a dataset`,
    ),
  ];
}

/** Annotations where no pod will get them from, or where only the webhook will see them. */
function strayAnnotations({ object, kind, template }: Found): string[] {
  const right = template && [...template, 'metadata', 'annotations'].join('.');
  return annotatedPlaces(object)
    .map((place) => place.join('.'))
    .filter((place) => place !== right)
    .map((place) =>
      right === null
        ? `the annotation in ${place} is left to the webhook, as pods of a ${kind} are not injected offline: it acts when they are created with it`
        : `the annotation in ${place} has no effect there; move it to ${right}`,
    );
}
