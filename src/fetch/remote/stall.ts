/** Tells a dead remote by how little it brings: a server that only trickles never runs into a timeout of silence. */

/** Less than this, in bytes per second, is next to nothing. */
export const slowest = 1024;

/**
 * Returns a function that is shown, again and again, how many bytes have come in all, and is true once less than
 * `slowest` a second came for `seconds` on end. The first call starts the count. `clock` is in milliseconds.
 */
export function stallDetector(
  seconds: number,
  clock: () => number = () => performance.now(),
): (received: number) => boolean {
  let alive: { at: number; received: number } | undefined;
  return (received) => {
    const at = clock();
    alive ??= { at, received };
    // A broken download that is begun again has less than before, and must not have to catch up first.
    alive.received = Math.min(alive.received, received);
    const elapsed = (at - alive.at) / 1000;
    // Of the first second a single byte would be enough of a rate.
    if (received - alive.received >= slowest * Math.max(elapsed, 1)) alive = { at, received };
    return (at - alive.at) / 1000 > seconds;
  };
}
