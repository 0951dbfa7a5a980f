/** The flags of `npm run bench -- provision`. */
import { parseFlags, UsageError, wholeNumber } from '../../support/process/flags.ts';
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

/** @throws {UsageError} */
export function readOptions(args: string[]): Options {
  const values = parse(args);
  const files = wholeNumber('--files', values.files ?? '100000', 100);
  const split = wholeNumber('--split', values.split ?? String(Math.min(6400, Math.floor(files / 2))), 20);
  // The second split shares half of its files with the first, so both together need one and a half.
  if (split * 1.5 > files) throw new UsageError(`--split ${split} needs --files ${Math.ceil(split * 1.5)} at least`);
  return {
    files,
    split,
    firstByteMs: wholeNumber('--latency-first-byte', values['latency-first-byte'] ?? '0', 0),
    only: values.only === undefined ? letters : values.only.split(',').map(letter),
    repeat: wholeNumber('--repeat', values.repeat ?? '3', 1),
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
  return parseFlags(args, options);
}

function letter(text: string): Letter {
  const found = letters.find((each) => each === text.trim());
  if (!found) throw new UsageError(`--only takes letters from ${letters.join(',')}, and "${text}" is none`);
  return found;
}
