/** How long this process was kept from its timers at most: the machine was busy, or it was itself. */

export interface OwnDelay {
  /** In milliseconds, since the start. */
  longest(): number;
}

const period = 20;

/** perf_hooks' histogram would not do: a loop that is blocked from its start has no first tick to count from. */
export function watchOwnDelay(): OwnDelay {
  let last = performance.now();
  let longest = 0;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - period);
    last = now;
  };
  setInterval(look, period).unref();
  return {
    longest() {
      look();
      return longest;
    },
  };
}
