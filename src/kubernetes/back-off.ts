/** How long to wait before trying again: soon at first, rarely later, and never all replicas in the same moment. */

/** Milliseconds before attempt `failures + 1`: doubling from `first` to `most`, then somewhere in the upper half of that. */
export function backOff(failures: number, first: number, most: number, random: () => number = Math.random): number {
  const full = Math.min(most, first * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (random() * full) / 2;
}
