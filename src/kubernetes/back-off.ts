/** Exponential back-off with jitter: how long to wait before a retry, so that not all replicas retry at the same time. */

/** Milliseconds before attempt `failures + 1`: doubled from `first` up to `most`, of which a random part of the upper half is taken. */
export function backOff(failures: number, first: number, most: number, random: () => number = Math.random): number {
  const full = Math.min(most, first * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (random() * full) / 2;
}
