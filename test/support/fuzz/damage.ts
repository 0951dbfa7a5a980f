/** Ways to damage a review, repeatable from one seed. */

/** A number from 0 to below `below`, the same ones for the same seed (mulberry32). */
export type Random = (below: number) => number;

export function makeRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** One body: mostly a review with one to three fields damaged, often with flipped bytes, now and then something monstrous. */
export function damaged(seeds: readonly Record<string, unknown>[], random: Random): Buffer {
  const review = structuredClone(pick(seeds, random));
  if (random(200) === 0) return monster(review, random);
  const { object } = review.request as { object: unknown };
  // Mostly the pod: what is wrong with the envelope ends the review at once.
  for (let count = random(4); count > 0; count -= 1) damageField(random(10) === 0 ? review : object, random);
  const body = Buffer.from(JSON.stringify(review));
  if (random(8) === 0) for (let count = 1 + random(4); count > 0; count -= 1) damageByte(body, random);
  return random(50) === 0 ? body.subarray(0, random(body.length)) : body;
}

const strange = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  2 ** 53,
  '',
  ' ',
  '\u0000',
  '\u2028\u202e',
  '../..',
  '-rf',
  '$(id)',
  '*',
  'NaN',
  '🧨',
  'x'.repeat(5000),
  [],
  [null],
  [[]],
  [0],
  {},
  { name: null },
  { name: 7 },
  { __proto__: null, constructor: {} },
  JSON.parse('{"__proto__": {"polluted": true}}'),
  { toString: 1, valueOf: null },
  [{ name: 'main', value: 1 }],
];

/** Replaces, removes, doubles or renames something at a random place of the tree. */
function damageField(root: unknown, random: Random): void {
  let parent = root as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(parent);
    if (keys.length === 0) return;
    const key = pick(keys, random);
    const child = parent[key];
    if (typeof child === 'object' && child !== null && random(8) > 0) {
      parent = child as Record<string, unknown>;
      continue;
    }
    damageAt(parent, key, random);
    return;
  }
}

function damageAt(parent: Record<string, unknown>, key: string, random: Random): void {
  const how = random(7);
  if (how <= 2) set(parent, key, pick(strange, random));
  else if (how === 3) delete parent[key];
  else if (how === 4) {
    set(parent, pick(['__proto__', 'constructor', 'name', `${key}\n`, 'dvc.io/dataset'], random), parent[key]);
  } else if (how === 5) doubleAt(parent, key);
  else if (typeof parent[key] === 'string') parent[key] = scrambled(parent[key], random);
}

/** Doubles an element of a list, and what lies elsewhere into a list of itself. */
function doubleAt(parent: Record<string, unknown>, key: string): void {
  if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
  else set(parent, key, [parent[key], parent[key]]);
}

/** As JSON.parse does it: `__proto__` is a key like any other, and nothing is shared between two places. */
function set(parent: Record<string, unknown>, key: string, value: unknown): void {
  const fresh = structuredClone(value);
  Object.defineProperty(parent, key, { value: fresh, enumerable: true, configurable: true, writable: true });
}

function scrambled(written: string, random: Random): string {
  const at = random(written.length + 1);
  return (
    written.slice(0, at) +
    pick(['', '\n', '@', ':', '/', '..', '%', '\u0007', 'é', '\ud800'], random) +
    written.slice(at + random(3))
  );
}

function damageByte(body: Buffer, random: Random): void {
  body[random(body.length)] = random(256);
}

/** Deep nesting, 3 MiB, thousands of containers: inside a review that is otherwise whole. */
function monster(review: Record<string, unknown>, random: Random): Buffer {
  const depth = 100_000;
  const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const many = JSON.stringify(Array.from({ length: 3000 }, (_, index) => ({ name: `c${index}`, image: 'x' })));
  const large = JSON.stringify('x'.repeat(3 * 2 ** 20));
  const { object } = review.request as { object: { metadata: Record<string, unknown>; spec: Record<string, unknown> } };
  const place = pick(['affinity', 'containers', 'initContainers', 'volumes'], random);
  object.spec[place] = 'MONSTER';
  return Buffer.from(JSON.stringify(review).replace('"MONSTER"', pick([deep, many, large], random)));
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[random(from.length)] as T;
}
