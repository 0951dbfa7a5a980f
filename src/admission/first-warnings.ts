/** Keeps one mistake that is made many times from pushing out what else there is to say. */

/** The API server keeps 4 KiB of a response's warnings. */
const most = 5;

/** The first few warnings, and `rest` for how many more there are. */
export function firstWarnings(warnings: readonly string[], rest: (more: number) => string): string[] {
  const more = warnings.length - most;
  return [...warnings.slice(0, most), ...(more > 0 ? [rest(more)] : [])];
}
