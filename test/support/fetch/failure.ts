/** What a refusal by one of our readers looks like, for assert.throws. */
import type { ExitName } from '../../../src/fetch/failure/exit-codes.ts';
import { FetchFailure } from '../../../src/fetch/failure/fetch-failure.ts';

/** True for a failure of this exit, with this sentence of at most a thousand characters. */
export function failure(exit: ExitName, sentence: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof FetchFailure &&
    error.exit === exit &&
    sentence.test(error.message) &&
    error.message.length <= 1000;
}
