/** Finds the objects of a document, also those in lists and within others, and where in each of them annotations reach pods. */
import { namesDataset } from '../admission/annotations.ts';
import type { Path } from './edit-document.ts';
import { type Kind, kindKey, knownKind } from './kinds.ts';
import { deepest, isManifest, type Manifest, valueAt } from './manifest.ts';
import { type Place, placesByShape, placesOfKind } from './places.ts';

/** An object of the document. */
export interface FoundObject {
  path: Path;
  object: Manifest;
  kind: string;
  /** Its kind's key in the table of kinds. */
  key: string;
  /** Its kind's row, or null for a kind that is not in the table. */
  row: Kind | null;
  /** `Job/train`, for people. */
  title: string;
  /** Its own or that of the object around it; null where neither says one, or where it is in none. */
  namespace: string | null;
  /** Whether it stands within another object, which may fill in parts of it. */
  isEmbedded: boolean;
  places: Place[];
}

/** Where a dataset is asked for. */
export interface AnnotatedPlace {
  /** `PyTorchJob/train`, for people. */
  title: string;
  /** The annotations, from the root of the document. */
  path: Path;
  /** Where the manifest says that the pods will be; null where it doesn't. */
  namespace: string | null;
  /** All annotations that a pod will have from there, those included that stand in the object for all of its pods. */
  annotations: Record<string, string>;
  /** Whether they are a pod template's, which `inject` can inject. */
  isTemplate: boolean;
}

/** Every place of a document whose annotations ask for a dataset, in the order of the document's objects. */
export function annotatedPlaces(document: unknown): AnnotatedPlace[] {
  return findObjects(document).flatMap((found) =>
    found.places
      .filter((place) => isManifest(valueAt(found.object, place.annotations)))
      .map((place) => ({
        title: found.title,
        path: [...found.path, ...place.annotations],
        namespace: found.namespace,
        annotations: effectiveAnnotations(found, place),
        isTemplate: place.template !== null,
      }))
      .filter(({ annotations }) => namesDataset(annotations)),
  );
}

/** The annotations of a place with those that all pods of the object get; its own win. */
export function effectiveAnnotations({ object, row, places }: FoundObject, place: Place): Record<string, string> {
  const shared = place.isShared || !row?.shared ? [] : places.filter(({ isShared }) => isShared);
  const maps = [...shared, place].map(({ annotations }) => valueAt(object, annotations)).filter(isManifest);
  return Object.assign({}, ...maps);
}

/** What an object takes over from the one around it. */
interface Around {
  /** Of a typed list, whose items may leave out apiVersion and kind. */
  inherited?: Manifest;
  title?: string;
  namespace?: string | null;
}

/** The objects of a document: one, those of a `List`, `PodList` and so on, however nested, and those within objects of unknown kinds. */
export function findObjects(document: unknown, path: Path = [], around: Around = {}): FoundObject[] {
  if (!isManifest(document) || path.length > deepest) return [];
  const object = { ...around.inherited, ...document };
  const { apiVersion, kind, items } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  if (kind.endsWith('List') && Array.isArray(items)) {
    const inherited = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
    return items.flatMap((item, index) => findObjects(item, [...path, 'items', index], { ...around, inherited }));
  }
  const key = kindKey(apiVersion, kind);
  const row = knownKind(key);
  const own = `${kind}/${nameOf(object)}`;
  const found = {
    path,
    object,
    kind,
    key,
    row,
    title: around.title === undefined ? own : `${around.title}, ${own}`,
    namespace: row?.isClusterScoped ? null : (namespaceOf(object) ?? around.namespace ?? null),
    isEmbedded: around.title !== undefined,
  };
  if (row) return [{ ...found, places: placesOfKind(object, key, row) }];
  const { places, embedded } = placesByShape(object);
  const { title, namespace } = found;
  return [
    { ...found, places },
    ...embedded.flatMap((each) => findObjects(valueAt(object, each), [...path, ...each], { title, namespace })),
  ];
}

/** The paths of all `annotations` anywhere in `value` that request a dataset. */
export function annotatedPaths(value: unknown, path: Path = []): Path[] {
  if (path.length > deepest || value === null || typeof value !== 'object') return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => {
    const here = [...path, key];
    if (key === 'annotations' && isManifest(inner) && namesDataset(inner as Record<string, string>)) return [here];
    return annotatedPaths(inner, here);
  });
}

function namespaceOf(object: Manifest): string | null {
  const namespace = valueAt(object, ['metadata', 'namespace']);
  return typeof namespace === 'string' && namespace !== '' ? namespace : null;
}

function nameOf({ metadata }: Manifest): string {
  const { name, generateName } = isManifest(metadata) ? metadata : {};
  if (typeof name === 'string' && name !== '') return name;
  return typeof generateName === 'string' && generateName !== '' ? `${generateName}*` : '(without a name)';
}
