/** The flags of `npm run soak`. */
import { parseArgs } from 'node:util';

/** What a soak is asked to do. */
export interface Options {
  /** How many fetchers are killed. */
  kills: number;
  /** The first volume's seed; the next volumes have the next numbers. */
  seed: number;
  /** Files in the dataset. */
  files: number;
  /** Kills in the one fetch whose downloads are counted; 0 leaves that part out. */
  downloadKills: number;
}

export const standard: Options = { kills: 200, seed: 1, files: 2000, downloadKills: 10 };

export const usage = `npm run soak -- [flags]

  --kills N            how many fetchers are killed (default ${standard.kills})
  --seed N             of the first volume's random choices (default: another one each time)
  --files N            files in the dataset (default ${standard.files})
  --download-kills N   kills in the fetch whose downloads are counted, 0 for none (default ${standard.downloadKills})
`;

/** A command line that can't be meant. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** @throws {UsageError} */
export function readOptions(args: string[]): Options {
  const values = parse(args);
  const anySeed = String(Math.floor(Math.random() * 1_000_000));
  return {
    kills: whole('--kills', values.kills ?? String(standard.kills), 0),
    seed: whole('--seed', values.seed ?? anySeed, 0),
    files: whole('--files', values.files ?? String(standard.files), 100),
    downloadKills: whole('--download-kills', values['download-kills'] ?? String(standard.downloadKills), 0),
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = { kills: text, seed: text, files: text, 'download-kills': text } as const;
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function whole(flag: string, text: string, least: number): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number) || number < least) {
    throw new UsageError(`${flag} must be a whole number of at least ${least}`);
  }
  return number;
}
