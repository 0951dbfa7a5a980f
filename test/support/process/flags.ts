/** Reads the flags of the commands that only developers run: benchmarks and soaks. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** A command line that can't be meant. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The flags' values as they were written. @throws {UsageError} for what is no flag of these */
export function parseFlags<T extends ParseArgsOptionsConfig>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** @throws {UsageError} where it is no whole number from `least` to `most` */
export function wholeNumber(flag: string, text: string, least: number, most = Number.POSITIVE_INFINITY): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number) || number < least || number > most) {
    const bound = most === Number.POSITIVE_INFINITY ? '' : ` and at most ${most}`;
    throw new UsageError(`${flag} must be a whole number of at least ${least}${bound}`);
  }
  return number;
}
