/** Decides about all pods of one object, and what there is to say about it. */
import type { Operation } from 'fast-json-patch';
import { namesDataset } from '../admission/annotations.ts';
import { isExcludedNamespace } from '../config/opt-in.ts';
import type { Config } from '../config/schema.ts';
import type { Path } from './edit-document.ts';
import { annotatedPaths, effectiveAnnotations, type FoundObject } from './find-objects.ts';
import { judgePlace, ownAnnotations, type Verdict } from './judge-place.ts';
import { isBuiltIn, recommendedPlaces } from './kinds.ts';
import { pathText } from './manifest.ts';
import { isOurs, type Place } from './places.ts';

/** JSON patch operations for what stands at `path` in the object. */
export interface Edit {
  path: Path;
  operations: readonly Operation[];
}

/** What is to be done with one object. */
export interface Outcome {
  edits: Edit[];
  warnings: string[];
  /** Empty where its pods may be created. */
  denials: string[];
  notes: string[];
  /** Whether pods of it will ask for a dataset. */
  asks: boolean;
  /** Whether the webhook has to inject some of them. */
  isLeft: boolean;
}

/** `namespace` is where the user will apply the manifest; null where only the manifest says that, if at all. */
export function injectObject(found: FoundObject, namespace: string | null, config: Config): Outcome {
  const places = found.places.filter((place) => isOurs(ownAnnotations(found, place)));
  const warnings = misplacedAnnotationWarnings(found);
  const target = namespace ?? found.namespace ?? 'default';
  if (!found.row?.isClusterScoped && isExcludedNamespace(target, config.webhook.namespace)) {
    if (places.some((place) => namesDataset(effectiveAnnotations(found, place)))) {
      warnings.push(`pods of the namespace ${target} are never injected; left as it is`);
    }
    return { edits: [], warnings, denials: [], notes: [], asks: false, isLeft: false };
  }
  const judged = places.map((place): Judged => [place, judgePlace(found, place, target, config)]);
  const fates = judged.flatMap(([, { fate, denial }]) => (denial === null ? [fate] : []));
  const isLeft = fates.includes('left') || fates.includes('open');
  return {
    edits: judged.flatMap(([{ template }, { operations }]) =>
      template && operations.length > 0 ? [{ path: template, operations }] : [],
    ),
    warnings: [
      ...warnings,
      ...judged.flatMap(([place, verdict]) => verdict.warnings.map((text) => located(found, place, text))),
    ],
    denials: judged.flatMap(([place, { denial }]) => (denial === null ? [] : [located(found, place, denial)])),
    notes: notesOf(found, judged),
    asks: isLeft || fates.includes('template'),
    isLeft,
  };
}

type Judged = [place: Place, verdict: Verdict];

/** Kubernetes' own kinds have one place, which needs no telling. */
function located({ key }: FoundObject, place: Place, text: string): string {
  return isBuiltIn(key) ? text : `${pathText(place.template ?? place.annotations)}: ${text}`;
}

/** What is right, but not plain from the manifest that is printed. */
function notesOf({ kind, row }: FoundObject, judged: readonly Judged[]): string[] {
  const where = (fate: Verdict['fate']) =>
    listed(
      judged
        .filter(([, verdict]) => verdict.fate === fate && verdict.denial === null)
        .map(([place]) => pathText(fate === 'template' ? (place.template ?? []) : place.annotations)),
    );
  const [template, left, open] = [where('template'), where('left'), where('open')];
  const notes: string[] = [];
  if (row === null && template !== '') {
    notes.push(
      `${kind} is no kind that dvc-injector knows, so what looks like a pod template was taken for one: ${template}`,
    );
  }
  if (left !== '') {
    const whether = row === null ? `if the controller of a ${kind} passes them on` : 'when pods are created with them';
    notes.push(`right, and left to the webhook, which acts ${whether}: ${left}`);
  }
  if (open !== '') notes.push(`left to the webhook, as parameters are filled in later: ${open}`);
  return notes;
}

const mostListed = 5;

function listed(paths: readonly string[]): string {
  const more = paths.length - mostListed;
  return paths.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Warnings about annotations that no pod will get from there. */
function misplacedAnnotationWarnings({ object, row, places }: FoundObject): string[] {
  if (row === null) return [];
  const right = new Set(places.map(({ annotations }) => pathText(annotations)));
  return annotatedPaths(object)
    .filter(([first]) => first !== 'status')
    .map(pathText)
    .filter((path) => !right.has(path))
    .map((path) => `the annotation in ${path} has no effect there; move it to ${recommendedPlaces(row)}`);
}
