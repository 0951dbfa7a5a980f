/** The flags of `npm run bench -- provision`. */
import { parseArgs } from 'node:util';
import { type Letter, letters } from './row.ts';

/** What the benchmark is asked to do. */
export interface Options {
  /** Files in the dataset, and in each of its two splits. */
  files: number;
  split: number;
  /** How much later S3's answers begin, in milliseconds. */
  firstByteMs: number;
  only: readonly Letter[];
  /** How often the short rows are run; the table shows the median. */
  repeat: number;
  /** Row b is extrapolated too. */
  quick: boolean;
  /** Where the fetcher's scratch and the volume's own files lie; undefined: in memory. */
  folder: string | undefined;
  /** The command to measure; undefined: dist/cli.js, built first. */
  cli: string | undefined;
  /** Where the figures go as JSON as well. */
  json: string | undefined;
}

export const usage = `npm run bench -- provision [flags]

  --files N                 files in the dataset (default 100000)
  --split N                 files in each split (default 6400, or what fits into --files)
  --latency-first-byte MS   S3's answers begin this much later (default 0)
  --only a,b,…              these rows, and those that they need
  --repeat N                runs of the rows c, f and h, of which the table shows the median (default 3)
  --quick                   row b too is extrapolated from some of its files
  --folder DIR              scratch and the volume's own files lie there (default: in memory, see README.md)
  --cli FILE                the command to measure in place of a fresh dist/cli.js
  --json FILE               the figures, also as JSON
`;

/** A command line that can't be meant. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** @throws {UsageError} */
export function readOptions(args: string[]): Options {
  const values = parse(args);
  const files = whole('--files', values.files ?? '100000', 100);
  const split = whole('--split', values.split ?? String(Math.min(6400, Math.floor(files / 2))), 20);
  // The second split shares half of its files with the first, so both together need one and a half.
  if (split * 1.5 > files) throw new UsageError(`--split ${split} needs --files ${Math.ceil(split * 1.5)} at least`);
  return {
    files,
    split,
    firstByteMs: whole('--latency-first-byte', values['latency-first-byte'] ?? '0', 0),
    only: values.only === undefined ? letters : values.only.split(',').map(letter),
    repeat: whole('--repeat', values.repeat ?? '3', 1),
    quick: values.quick ?? false,
    folder: values.folder,
    cli: values.cli,
    json: values.json,
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    ...{
      files: text,
      split: text,
      only: text,
      repeat: text,
      folder: text,
      cli: text,
      json: text,
      'latency-first-byte': text,
    },
    quick: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function whole(flag: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) {
    throw new UsageError(`${flag} must be a whole number of at least ${least}`);
  }
  return number;
}

function letter(text: string): Letter {
  const found = letters.find((each) => each === text.trim());
  if (!found) throw new UsageError(`--only takes letters from ${letters.join(',')}, and "${text}" is none`);
  return found;
}
