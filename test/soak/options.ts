/** The flags of `npm run soak`. */
import { parseFlags, wholeNumber } from '../support/process/flags.ts';

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

/** @throws {UsageError} */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const flags = { kills: text, seed: text, files: text, 'download-kills': text } as const;
  const values = parseFlags(args, flags);
  const anySeed = String(Math.floor(Math.random() * 1_000_000));
  return {
    kills: wholeNumber('--kills', values.kills ?? String(standard.kills), 0),
    seed: wholeNumber('--seed', values.seed ?? anySeed, 0),
    files: wholeNumber('--files', values.files ?? String(standard.files), 100),
    downloadKills: wholeNumber('--download-kills', values['download-kills'] ?? String(standard.downloadKills), 0),
  };
}
