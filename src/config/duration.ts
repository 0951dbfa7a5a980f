/** Parses durations as people write them in Kubernetes manifests. */

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a duration such as `90s`, `6h` or `1h30m`; null if it is none, or more than can be counted. */
export function durationSeconds(written: string): number | null {
  if (!/^(?:[0-9]+[smhd])+$/.test(written)) return null;
  let seconds = 0;
  for (const [, amount, unit] of written.matchAll(/([0-9]+)([smhd])/g)) {
    seconds += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  return Number.isSafeInteger(seconds) ? seconds : null;
}
