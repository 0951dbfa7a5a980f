/** Figures as people say them; ASCII only, as a terminal may know nothing else. */

/** `6,400 files`, `1 file`. */
export function howMany(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `6,400`. */
export function grouped(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `999 B`, `26.1 MB`, `120 GB`: powers of 1000, as S3's and DVC's own figures. */
export function humanBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    const shown = tenths(value);
    if (shown < 1000) return `${shown} ${unit}`;
    value /= 1000;
  }
  return `${tenths(value)} TB`;
}

/** `0.4 s`, `75 s`, `3 min`, `1 h 20 min`, `3 days`. */
export function humanDuration(seconds: number): string {
  if (seconds < 9.95) return `${tenths(seconds)} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 60 / 24)} days`;
}

/** With one decimal below a hundred, where it still says something. */
function tenths(value: number): number {
  return value < 99.95 ? Math.round(value * 10) / 10 : Math.round(value);
}
