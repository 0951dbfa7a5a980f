/** Waiting for controllers: they answer by changing an object some time later. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again until the answer is neither undefined nor false, and returns it. After `seconds` (a machine under load is
 * no failure, so many) throws an Error that says what was awaited, with the last error of `ask` as its cause.
 */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined | false>, seconds = 60): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s for this: ${what}`, { cause });
    await sleep(100);
  }
}
