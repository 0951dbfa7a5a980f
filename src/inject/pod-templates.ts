/** Finds the pods of a manifest: the object itself, or the pod template of a built-in workload, also within lists. */
import { namesDataset } from '../admission/annotations.ts';
import type { Path } from './edit-document.ts';

/** An object of a manifest, of which nothing is validated yet. */
export type Manifest = Record<string, unknown>;

/** An object of the document, and where its pod is. */
export interface FoundObject {
  path: Path;
  object: Manifest;
  kind: string;
  /** `Job/train`, for people. */
  title: string;
  /** Path of its pod or pod template, below `path`; null for a kind that is not in the table below. */
  template: Path | null;
}

/** The path of the pod template in each built-in kind, by kind and API group. */
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
export function findObjects(document: unknown, path: Path = [], inherited: Manifest = {}): FoundObject[] {
  if (!isManifest(document) || path.length > deepest) return [];
  // Items of a typed list may leave out apiVersion and kind, which then follow from the list's.
  const object = { ...inherited, ...document };
  const { apiVersion, kind, items } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  if (kind.endsWith('List') && Array.isArray(items)) {
    const ofItems = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
    return items.flatMap((item, index) => findObjects(item, [...path, 'items', index], ofItems));
  }
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  const key = `${kind}${group}`;
  const template = Object.hasOwn(templates, key) ? (templates[key] ?? null) : null;
  return [{ path, object, kind, title: `${kind}/${nameOf(object)}`, template }];
}

/** The value at `path` in `value`, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isManifest(inner) || Array.isArray(inner) ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The paths of all `annotations` anywhere in `value` that request a dataset. */
export function annotatedPaths(value: unknown, path: Path = []): Path[] {
  if (path.length > deepest || value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    if (key === 'annotations' && isManifest(inner) && namesDataset(inner as Record<string, string>)) return [here];
    return annotatedPaths(inner, here);
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
