/** Says where the time of a run has gone, so that who wants it shorter knows where to begin. */
import type { Timed } from './run-suite.ts';

/** A line for each of the `count` that took longest, the longest first. */
export function slowest(all: readonly Timed[], count: number): string[] {
  return [...all]
    .sort((one, other) => other.milliseconds - one.milliseconds)
    .slice(0, count)
    .map(({ suite, file, name, milliseconds }) => {
      const seconds = (milliseconds / 1000).toFixed(1).padStart(7);
      return `${seconds} s  ${suite}  ${file}${name.endsWith(file) ? '' : `  ${name}`}`;
    });
}
