/** Reads parsed manifests, of which nothing is validated yet. */
import type { Path } from './edit-document.ts';

/** An object of a manifest. */
export type Manifest = Record<string, unknown>;

export function isManifest(value: unknown): value is Manifest {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The value at `path` in `value`, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isManifest(inner) || Array.isArray(inner) ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** The path as people write it: `spec.workerGroupSpecs[0].template`. */
export function pathText(path: Path): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}

/** How deep manifests are looked into: far deeper than any Kubernetes has. */
export const deepest = 100;
