/** `json.dumps(value, sort_keys=True)` byte for byte as Python writes it, because a `.dir` object's name is the hash of that. */

/** What a `.dir` entry may hold. */
export type JsonScalar = string | number | boolean | null;

/** One flat dictionary. Numbers are safe integers. */
export function dumpsDictionary(dictionary: Readonly<Record<string, JsonScalar>>): string {
  const items = Object.keys(dictionary)
    .sort(compareCodePoints)
    .map((key) => `${dumpsScalar(key)}: ${dumpsScalar(dictionary[key] ?? null)}`);
  return `{${items.join(', ')}}`;
}

/** One string, number, boolean or null. */
export function dumpsScalar(value: JsonScalar): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  // Both escape the quote, the backslash and the control characters in the same way; Python (ensure_ascii) writes
  // everything beyond printable ASCII as UTF-16 units too, DEL among it.
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The order of Python's strings: by code points. JavaScript's own is by UTF-16 units, which puts 😀 before ａ. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // Where units differ, a surrogate stands for a code point above every unit that is none.
    return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/**
 * Moves the surrogates above all other units. Well-formed strings only differ first inside a pair after an equal
 * leading surrogate, or at two leading ones, and both then compare as their code points do.
 */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
