/** What a training container saw, as it printed it, and what it ought to see. */
import { createHash } from 'node:crypto';
import { theStage } from './stage.ts';

/** Files by path with their md5. */
export type Listing = Record<string, string>;

/** Reads what `listFiles` printed, among whatever else is in the log. */
export function listingIn(log: string): Listing {
  const lines = log.split('\n').map((line) => /^([0-9a-f]{32}) {2}\.\/(.*)$/.exec(line));
  return Object.fromEntries(lines.flatMap((match) => (match ? [[match[2] ?? '', match[1] ?? '']] : [])));
}

/** The data files among them, by path in the data directory of the dataset at `mount` (`''`, or a name with `/`). */
export function dataFiles(listing: Listing, mount = ''): Listing {
  const prefix = `${mount}data/`;
  const own = Object.entries(listing).filter(([path]) => path.startsWith(prefix));
  return Object.fromEntries(own.map(([path, md5]) => [path.slice(prefix.length), md5]));
}

/** The others. */
export function otherFiles(listing: Listing): string[] {
  return Object.keys(listing)
    .filter((path) => !path.startsWith('data/'))
    .sort();
}

/** What `dataFiles` has to be for a split. */
export function expectedFiles(split: string): Listing {
  const files = Object.entries(theStage().sources.filesOf(split));
  return Object.fromEntries(files.map(([path, content]) => [path, createHash('md5').update(content).digest('hex')]));
}
