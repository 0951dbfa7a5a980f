/** Finds where in an object annotations reach pods: by the table of kinds, and by the shape of what is there in kinds beside it. */
import { annotationPrefix } from '../admission/annotations.ts';
import type { Path } from './edit-document.ts';
import { isBuiltIn, type Kind, kindKey, knownKind } from './kinds.ts';
import { deepest, isManifest, type Manifest, valueAt } from './manifest.ts';

/** A place of an object; paths begin at the object. */
export interface Place {
  /** The annotations, which may be absent. */
  annotations: Path;
  /** The pod template that they belong to; null where a controller passes them on to pods of its own making. */
  template: Path | null;
  /** Whether all pods of the object get them, in addition to those of the other places. */
  isShared: boolean;
}

/** What the shape of an object of no known kind tells. */
export interface Shape {
  places: Place[];
  /** Whole objects of known kinds within it. */
  embedded: Path[];
}

/** The places of an object of a known kind. */
export function placesOfKind(object: Manifest, key: string, { templates, annotations, shared }: Kind): Place[] {
  const found = (patterns: readonly string[] = []) => patterns.flatMap((pattern) => matches(object, pattern));
  return [
    ...found(templates).map((template) => {
      // An operator may complete a template without containers; there is nothing to inject in it.
      const isWhole = isBuiltIn(key) || hasContainers(valueAt(object, template));
      return { ...templatePlace(template), template: isWhole ? template : null };
    }),
    ...found(annotations).map((path) => ({ annotations: path, template: null, isShared: false })),
    ...found(shared).map((path) => ({ annotations: path, template: null, isShared: true })),
  ];
}

/** The places of an object of any other kind: what looks like a pod template, and annotations of ours anywhere else. */
export function placesByShape(object: Manifest): Shape {
  const shape: Shape = { places: [], embedded: [] };
  for (const [key, value] of Object.entries(object)) {
    // What a controller wrote there is no wish of anybody's.
    if (key !== 'status') collect(value, [key], shape);
  }
  return shape;
}

function collect(value: unknown, path: Path, shape: Shape): void {
  if (path.length > deepest || value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item, [...path, index], shape);
  } else if (isKnownObject(value as Manifest)) {
    shape.embedded.push(path);
  } else if (hasContainers(value)) {
    shape.places.push(templatePlace(path));
  } else if (path.at(-1) === 'annotations' && isOurs(value as Manifest)) {
    shape.places.push({ annotations: path, template: null, isShared: false });
  } else {
    for (const [key, inner] of Object.entries(value)) collect(inner, [...path, key], shape);
  }
}

function isKnownObject({ apiVersion, kind }: Manifest): boolean {
  return typeof apiVersion === 'string' && typeof kind === 'string' && knownKind(kindKey(apiVersion, kind)) !== null;
}

/** Whether the value is a pod template as far as its containers tell. */
function hasContainers(value: unknown): boolean {
  const containers = valueAt(value, ['spec', 'containers']);
  const isContainer = (each: unknown) =>
    isManifest(each) && (typeof each.name === 'string' || typeof each.image === 'string');
  return Array.isArray(containers) && containers.length > 0 && containers.every(isContainer);
}

/** Whether one of the annotations is of ours, be it a mistyped one. */
export function isOurs(annotations: Manifest): boolean {
  return Object.keys(annotations).some((key) => key.startsWith(annotationPrefix));
}

function templatePlace(template: Path): Place {
  return { annotations: [...template, 'metadata', 'annotations'], template, isShared: false };
}

/** The paths of the objects that a pattern of the table of kinds means in `object`. */
function matches(object: Manifest, pattern: string): Path[] {
  let paths: Path[] = [[]];
  for (const segment of pattern === '' ? [] : pattern.split('.')) {
    paths = paths.flatMap((path) => keysOf(valueAt(object, path), segment).map((key) => [...path, key]));
  }
  return paths.filter((path) => isManifest(valueAt(object, path)));
}

function keysOf(value: unknown, segment: string): (string | number)[] {
  if (segment === '[]') return Array.isArray(value) ? [...value.keys()] : [];
  if (!isManifest(value)) return [];
  if (segment === '*') return Object.keys(value);
  return Object.hasOwn(value, segment) ? [segment] : [];
}
