/** Finds the pods in a manifest: itself, or the template of a built-in workload, also within lists. */
import { namesDataset } from '../admission/annotations.ts';
import type { Path } from './edit-document.ts';

/** A manifest's object; nothing in it is checked yet. */
export type Manifest = Record<string, unknown>;

/** An object of the document, with what injection needs to know about it. */
export interface Found {
  path: Path;
  object: Manifest;
  kind: string;
  /** `Job/train`, for people. */
  title: string;
  /** Where its pod or pod template is, below `path`; null where the kind has none that we know. */
  template: Path | null;
}

/** Where each built-in kind keeps its pod template, by kind and API group. */
const templates: Readonly<Record<string, Path>> = {
  Pod: [],
  PodTemplate: ['template'],
  ReplicationController: ['spec', 'template'],
  'Deployment.apps': ['spec', 'template'],
  'StatefulSet.apps': ['spec', 'template'],
  'DaemonSet.apps': ['spec', 'template'],
  'ReplicaSet.apps': ['spec', 'template'],
  'Job.batch': ['spec', 'template'],
  'CronJob.batch': ['spec', 'jobTemplate', 'spec', 'template'],
};

const deepest = 100;

/** The objects of a document: one, or those of a `List`, `PodList` and so on, however nested. */
export function findObjects(document: unknown, path: Path = [], inherited: Manifest = {}): Found[] {
  if (!isManifest(document) || path.length > deepest) return [];
  // Items of a typed list may leave out what the list says.
  const object = { ...inherited, ...document };
  const { apiVersion, kind, items } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  if (kind.endsWith('List') && Array.isArray(items)) {
    const said = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
    return items.flatMap((item, index) => findObjects(item, [...path, 'items', index], said));
  }
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  const key = `${kind}${group}`;
  const template = Object.hasOwn(templates, key) ? (templates[key] ?? null) : null;
  return [{ path, object, kind, title: `${kind}/${nameOf(object)}`, template }];
}

/** What stands at `path` in `value`. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isManifest(inner) || Array.isArray(inner) ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** Every place, as a path to its `annotations`, where a dataset is asked for. */
export function annotatedPlaces(value: unknown, path: Path = []): Path[] {
  if (path.length > deepest || value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    if (key === 'annotations' && isManifest(inner) && namesDataset(inner as Record<string, string>)) return [here];
    return annotatedPlaces(inner, here);
  });
}

export function isManifest(value: unknown): value is Manifest {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function nameOf({ metadata }: Manifest): string {
  const { name, generateName } = isManifest(metadata) ? metadata : {};
  if (typeof name === 'string' && name !== '') return name;
  return typeof generateName === 'string' && generateName !== '' ? `${generateName}*` : '(without a name)';
}
