/** A full scratch in one sentence, whichever step finds it: git, DVC, a write of ours, or a look before any of them. */
import { FetchFailure } from './fetch-failure.ts';

/** What the operating system's error ENOSPC means where it is about the scratch. */
export const scratchFullAdvice = 'is full: give the fetch more scratch (annotation dvc.io/scratch)';

/** The failure; `details` are what a tool said of it. */
export function scratchFull(details: readonly string[] = []): FetchFailure {
  return new FetchFailure('io', `the scratch ${scratchFullAdvice}`, { details });
}
