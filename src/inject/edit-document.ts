/** Applies a JSON patch to a parsed YAML document itself, so that comments, order and quoting of the rest stay. */
import type { Operation } from 'fast-json-patch';
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  Pair,
  visit,
  type YAMLMap,
} from 'yaml';

/** From the document's root: keys and indices. */
export type Path = readonly (string | number)[];

/** Applies operations whose paths begin at `root`. Only `add` is known, as injection only adds. */
export function editDocument(document: Document.Parsed, root: Path, operations: readonly Operation[]): void {
  for (const operation of operations) {
    if (operation.op !== 'add') throw new TypeError(`injection only adds, but an operation says ${operation.op}`);
    const path = [...root, ...pointerSegments(operation.path)];
    const parent = ownedNode(document, path.slice(0, -1));
    // A list that is in the patch twice must not become an anchor and an alias.
    const value = document.createNode(operation.value, { aliasDuplicateObjects: false });
    addChild(document, parent, String(path.at(-1)), value);
  }
}

function pointerSegments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function addChild(document: Document.Parsed, parent: Node, key: string, value: Node): void {
  if (isSeq(parent)) parent.items.splice(key === '-' ? parent.items.length : Number(key), 0, value);
  else if (isMap(parent)) setKey(document, parent, key, value);
  else throw new TypeError(`nothing can be added at ${key}`);
}

function setKey(document: Document.Parsed, map: YAMLMap, key: string, value: Node): void {
  const pair = pairOf(map, key);
  if (!pair) {
    map.items.push(new Pair(document.createNode(key), value));
    return;
  }
  // `volumes: # none yet` keeps its comment.
  if (isScalar(pair.value) && pair.value.comment) value.commentBefore = pair.value.comment;
  pair.value = value;
}

/**
 * The node at `path`, after making sure that a change of it changes nothing else: an alias on the way becomes a copy, a key
 * that `<<` merges in becomes the map's own, and other aliases of an anchor on the way become copies.
 */
function ownedNode(document: Document.Parsed, path: Path): Node {
  let node = own(document, document.contents);
  for (const segment of path) {
    if (isSeq(node)) {
      const index = Number(segment);
      node.items[index] = own(document, node.items[index]);
      node = node.items[index] as Node;
    } else if (isMap(node)) {
      const pair = pairOf(node, String(segment)) ?? adoptMerged(document, node, String(segment));
      pair.value = own(document, pair.value);
      node = pair.value as Node;
    } else throw new TypeError(`the document has nothing at ${path.join('.')}`);
    // An empty list is written [] whatever the style around it; once filled, it is better read as a block.
    if (isCollection(node) && node.items.length === 0) node.flow = false;
  }
  return node;
}

/** The node itself, no longer shared by anchor and aliases. */
function own(document: Document.Parsed, node: unknown): Node {
  if (isAlias(node)) return copyOf(node.resolve(document));
  const { anchor } = node as { anchor?: string };
  if (anchor !== undefined) {
    visit(document, { Alias: (_, alias) => (alias.resolve(document) === node ? copyOf(node) : undefined) });
    delete (node as { anchor?: string }).anchor;
  }
  return node as Node;
}

/** A copy without anchors: an anchor that is defined again would take over the aliases after it. */
function copyOf(node: unknown): Node {
  const copy = (node as Node).clone() as Node;
  visit(copy, {
    Node(_, each) {
      if ('anchor' in each) delete each.anchor;
    },
  });
  return copy;
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

function adoptMerged(document: Document.Parsed, map: YAMLMap, key: string): Pair {
  for (const source of mergedMaps(document, map)) {
    const pair = pairOf(source, key);
    if (!pair) continue;
    const own = new Pair(document.createNode(key) as unknown, isAlias(pair.value) ? pair.value : copyOf(pair.value));
    map.items.push(own);
    return own;
  }
  throw new TypeError(`the document has nothing at ${key}`);
}

/** The maps that `<<` merges into `map`, the one that wins first, with those that they merge in themselves. */
function mergedMaps(document: Document.Parsed, map: YAMLMap): YAMLMap[] {
  const sources = map.items
    .filter((pair) => isScalar(pair.key) && typeof pair.key.value === 'symbol')
    .flatMap(({ value }) => {
      const merged = isAlias(value) ? value.resolve(document) : value;
      return isSeq(merged) ? merged.items : [merged];
    })
    .map((source) => (isAlias(source) ? source.resolve(document) : source));
  return sources.filter(isMap).flatMap((source) => [source, ...mergedMaps(document, source)]);
}
