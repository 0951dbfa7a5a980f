/** Writes the table of kinds as the policies need it: rules that match the kinds, and CEL that reads their annotations. */
import { annotationPrefix } from '../../src/admission/annotations.ts';
import { allKinds, annotationPlaces, type Kind, recommendedPlaces } from '../../src/inject/kinds.ts';

/** What templates/policies reads from files/kinds.json. */
export interface KindsFile {
  /** Resource rules without versions and operations, for every kind but pods. */
  rules: { apiGroups: string[]; resources: string[] }[];
  /** Where annotations belong, by kind, for the kinds whose own metadata reaches no pod. */
  places: Record<string, string>;
  /** CEL: the keys of our annotations at every place of every kind but an object's own metadata, joined by blanks. */
  keys: string;
}

const own = 'metadata.annotations';

export function kindsFile(): KindsFile {
  const kinds = allKinds();
  const places = kinds
    .filter(([, kind]) => !annotationPlaces(kind).includes(own))
    .map(([key, kind]) => [key, recommendedPlaces(kind)] as const);
  const patterns = new Set(kinds.flatMap(([, kind]) => annotationPlaces(kind)));
  patterns.delete(own);
  return {
    rules: rules(kinds.filter(([key]) => key !== 'Pod')),
    places: Object.fromEntries(places),
    // A path that an object hasn't is empty, and no path means something else in another kind: so all are read in all.
    keys: [...patterns].map((pattern) => keysAt('dyn(object)', pattern.split('.'))).join(" + ' ' + "),
  };
}

function rules(kinds: readonly [string, Kind][]): KindsFile['rules'] {
  const groups = Map.groupBy(kinds, ([key]) => key.split('.').slice(1).join('.'));
  return [...groups].map(([group, members]) => ({
    apiGroups: [group],
    resources: members.map(([, { resource }]) => resource),
  }));
}

/** The keys of our annotations at the end of a path of the table, as one text; `value` is the CEL of where it begins. */
function keysAt(value: string, path: readonly string[], depth = 0): string {
  const end = path.findIndex((segment) => segment === '[]' || segment === '*');
  const names = end < 0 ? path : path.slice(0, end);
  const reached = value + names.map((name) => `.?${name}`).join('');
  const or = (empty: string) => (names.length > 0 ? `${reached}.orValue(${empty})` : reached);
  if (end < 0) return `${or('{}')}.map(k, k).filter(k, k.startsWith('${annotationPrefix}')).join(' ')`;
  const rest = path.slice(end + 1);
  const each = `e${depth}`;
  // `map` on a map gives its keys.
  const [all, one] = path[end] === '[]' ? [or('[]'), each] : [or('{}'), `${or('{}')}[${each}]`];
  return `${all}.map(${each}, ${keysAt(one, rest, depth + 1)}).join(' ')`;
}
