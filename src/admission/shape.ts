/**
 * Checks the types of parts of a JSON document in place. A schema library makes a copy of all that it checks, and an issue
 * for each fault; of a pod of three megabytes that takes longer than everything else, and both are thrown away.
 */

/** The first part that is not as it should be. */
export interface Misfit {
  /** Keys and indices, from the outermost. */
  path: (string | number)[];
  expected: string;
}

/** Looks at a value and says what the first misfit is; `T` is the type of the values that fit. */
export interface Shape<T> {
  (value: unknown): Misfit | null;
  /** Never there: it only carries the type. */
  readonly fits?: T;
}

export type Of<S> = S extends Shape<infer T> ? T : never;

/** Keys of shapes that take `undefined` may be absent. */
type Fields<S> = { [K in keyof S as undefined extends Of<S[K]> ? never : K]: Of<S[K]> } & {
  [K in keyof S as undefined extends Of<S[K]> ? K : never]?: Of<S[K]>;
};

export const text: Shape<string> = (value) => (typeof value === 'string' ? null : misfit('a text'));
/** So many UTF-16 units at most. */
export function textUpTo(length: number): Shape<string> {
  return (value) =>
    typeof value === 'string' && value.length <= length ? null : misfit(`a text of at most ${length} characters`);
}
export const truth: Shape<boolean> = (value) => (typeof value === 'boolean' ? null : misfit('true or false'));
export const number: Shape<number> = (value) => (typeof value === 'number' ? null : misfit('a number'));
export const quantity: Shape<string | number> = (value) =>
  typeof value === 'string' || typeof value === 'number' ? null : misfit('a text or a number');

/** Null stands for absent, as in hand-written YAML. */
export function optional<T>(shape: Shape<T>): Shape<T | null | undefined> {
  return (value) => (value === null || value === undefined ? null : shape(value));
}

/** A map with these keys and any others. None of them may be a name of Object.prototype, such as `constructor`. */
export function fields<S extends Record<string, Shape<unknown>>>(shapes: S): Shape<Fields<S>> {
  const entries = Object.entries(shapes);
  return (value) => {
    if (!isMap(value)) return misfit('a map');
    for (const [key, shape] of entries) {
      const found = shape(value[key]);
      if (found) return within(key, found);
    }
    return null;
  };
}

/** `least` elements or more. */
export function listOf<T>(shape: Shape<T>, least = 0): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return misfit('a list');
    if (value.length < least) return misfit(`a list of at least ${least}`);
    for (let index = 0; index < value.length; index += 1) {
      const found = shape(value[index]);
      if (found) return within(index, found);
    }
    return null;
  };
}

export function mapOf<T>(shape: Shape<T>): Shape<Record<string, T>> {
  return (value) => {
    if (!isMap(value)) return misfit('a map');
    for (const key of Object.keys(value)) {
      const found = shape(value[key]);
      if (found) return within(key, found);
    }
    return null;
  };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function misfit(expected: string): Misfit {
  return { path: [], expected };
}

function within(key: string | number, { path, expected }: Misfit): Misfit {
  return { path: [key, ...path], expected };
}
