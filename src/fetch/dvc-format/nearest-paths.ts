/** The paths that somebody most likely meant who wrote another: a refusal that names them is mended in one step. */
import { distance } from 'fastest-levenshtein';
import { clipped } from '../../text.ts';

/** Longer paths are compared by so many of their first characters: the time grows with the product of two lengths. */
const compared = 200;
const mostCompared = 20_000;

/** At most `count` of the paths: those in the same folders first, then those that are written most alike. */
export function nearestPaths(paths: readonly string[], wanted: string, count: number): string[] {
  const segments = wanted.split('/');
  const name = segments.at(-1) ?? '';
  const ranked = paths.slice(0, mostCompared).map((path) => {
    const others = path.split('/');
    let shared = 0;
    while (shared < segments.length && segments[shared] === others[shared]) shared += 1;
    const alike = distance(path.slice(0, compared), wanted.slice(0, compared));
    // `raw` for `data/raw`: the right name in another folder.
    const sameName = others.includes(name) ? 0 : 1;
    return { path, rank: [-shared, sameName, alike] as const };
  });
  ranked.sort((a, b) => compareRanks(a.rank, b.rank) || (a.path < b.path ? -1 : 1));
  return ranked.slice(0, count).map(({ path }) => clipped(path, compared));
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) if (value !== other[index]) return value - (other[index] ?? 0);
  return 0;
}
