/** The flags of `npm run soak -- reviews`. */
import { parseFlags, wholeNumber } from '../../support/process/flags.ts';

export interface ReviewOptions {
  /** How many damaged reviews are sent. */
  rounds: number;
  /** The same damage for the same number. */
  seed: number;
}

export const reviewUsage = `npm run soak -- reviews [flags]

  --rounds N        how many damaged reviews are sent (default 200000)
  --seed N          of the damage (default: another one each time)
`;

/** @throws {UsageError} */
export function readReviewOptions(args: string[]): ReviewOptions {
  const text = { type: 'string' } as const;
  const flags = { rounds: text, seed: text } as const;
  const { rounds = '200000', seed = String(Math.floor(Math.random() * 2 ** 31)) } = parseFlags(args, flags);
  return { rounds: wholeNumber('--rounds', rounds, 0), seed: wholeNumber('--seed', seed, 0) };
}
