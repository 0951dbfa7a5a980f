/** The flags of `npm run soak -- reviews`. */
import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';

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
  const { rounds = '200000', seed = String(Math.floor(Math.random() * 2 ** 31)) } = parse(args);
  return { rounds: whole('--rounds', rounds), seed: whole('--seed', seed) };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args, options: { rounds: text, seed: text }, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function whole(flag: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number) || number < 0) {
    throw new UsageError(`${flag} must be a whole number`);
  }
  return number;
}
