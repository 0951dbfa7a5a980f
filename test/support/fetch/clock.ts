/** A clock that only a test moves. */

export interface TestClock {
  (): number;
  /** Seconds. */
  forward(seconds: number): void;
}

export function testClock(): TestClock {
  let now = 5_000;
  return Object.assign(() => now, {
    forward(seconds: number) {
      now += seconds * 1000;
    },
  });
}
