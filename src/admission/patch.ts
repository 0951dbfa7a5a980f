/** Makes JSON patch operations that only add; comparing two documents instead would rewrite every list item behind an insertion. */
import jsonPatch, { type Operation } from 'fast-json-patch';

// The package is CommonJS: a named import type-checks and then fails at run time.
const { applyPatch, deepClone, escapePathComponent } = jsonPatch;

/** Operations that put `items` at `index` of the list at `path`, or at its end, and make the list where it is absent. */
export function insertInto(
  list: readonly unknown[] | null | undefined,
  path: string,
  items: readonly unknown[],
  index?: number,
): Operation[] {
  if (items.length === 0) return [];
  if (!list) return [{ op: 'add', path, value: [...items] }];
  return items.map((value, offset) => ({
    op: 'add',
    path: `${path}/${index === undefined ? '-' : index + offset}`,
    value,
  }));
}

/** Operations that set keys of the map at `path`, and make the map where it is absent. */
export function setKeys(
  map: object | null | undefined,
  path: string,
  entries: Readonly<Record<string, unknown>>,
): Operation[] {
  if (!map) return [{ op: 'add', path, value: { ...entries } }];
  return Object.entries(entries).map(([key, value]) => ({
    op: 'add',
    path: `${path}/${escapePathComponent(key)}`,
    value,
  }));
}

/** A copy of `document` with the operations applied; the document itself stays as it is. */
export function patched<T>(document: T, operations: readonly Operation[]): T {
  // applyPatch keeps references to the operations' values, so later operations would otherwise change earlier ones.
  return applyPatch(deepClone(document) as T, deepClone(operations) as Operation[]).newDocument;
}
