/** Judges a patch as the owner of the pod would: it may only add, and all that was there is still there, untouched. */
import assert from 'node:assert/strict';
import jsonPatch, { type Operation } from 'fast-json-patch';
import type { Json, JsonObject } from './fixture.ts';

const { applyPatch, deepClone, unescapePathComponent } = jsonPatch;

/** Ours to set, whatever a user wrote there. */
const marks = ['/metadata/labels/dvc.io~1dataset-key', '/metadata/annotations/dvc.io~1dataset-status'];

/** Applies the operations, each of which must be an `add` where nothing (or null) was, or an insertion into a list. */
export function applyAdditions(pod: Json, operations: readonly Operation[]): Json {
  let document = deepClone(pod) as Json;
  for (const operation of operations) {
    assert.equal(operation.op, 'add', `an operation is ${operation.op}, and only add may be: ${operation.path}`);
    const place = valueAt(document, operation.path);
    assert.ok(
      place === undefined || place === null || marks.includes(operation.path),
      `${operation.path} replaces what was there`,
    );
    document = applyPatch(document, [deepClone(operation) as Operation], true).newDocument;
  }
  return document;
}

/** Fails unless every field of `before` is in `after` with its value, and every list has its items in their order. */
export function assertPreserved(before: Json, after: Json | undefined, path = ''): void {
  assert.ok(preserves(before, after, path), `something of the original is lost or changed below "${path}"`);
}

function preserves(before: Json, after: Json | undefined, path: string): boolean {
  if (marks.includes(path)) return true;
  // Null is how people's manifests write "absent".
  if (before === null) return after !== undefined;
  if (Array.isArray(before)) return Array.isArray(after) && hasInOrder(before, after, path);
  if (typeof before !== 'object') return before === after;
  if (after === null || typeof after !== 'object' || Array.isArray(after)) return false;
  return Object.entries(before).every(([key, value]) =>
    preserves(value, (after as JsonObject)[key], `${path}/${jsonPatch.escapePathComponent(key)}`),
  );
}

/** Only containers may be given something; every other item must be the very same. */
function hasInOrder(before: Json[], after: Json[], path: string): boolean {
  let next = 0;
  return before.every((item, index) => {
    while (next < after.length) {
      const candidate = after[next];
      next += 1;
      if (path === '/spec/containers' ? preserves(item, candidate, `${path}/${index}`) : same(item, candidate))
        return true;
    }
    return false;
  });
}

function same(one: Json, other: Json | undefined): boolean {
  try {
    assert.deepStrictEqual(other, one);
    return true;
  } catch {
    return false;
  }
}

/** What an `add` at `path` would replace: undefined for an insertion into a list. */
function valueAt(document: Json, path: string): Json | undefined {
  const keys = path.split('/').slice(1).map(unescapePathComponent);
  const last = keys.pop() ?? '';
  let place: Json | undefined = document;
  for (const key of keys) {
    assert.ok(place !== null && typeof place === 'object', `${path} leads through something that is absent`);
    place = Array.isArray(place) ? place[Number(key)] : place[key];
  }
  assert.ok(place !== null && typeof place === 'object', `${path} leads through something that is absent`);
  return Array.isArray(place) ? undefined : place[last];
}
