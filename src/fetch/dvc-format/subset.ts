/** Derives the `.dir` object of exactly the split's files, as DVC itself would have written it for such a folder. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { globMatcher } from '../../dataset/glob.ts';
import { everyFile } from '../../dataset/split.ts';
import { type Offence, resolveSplit } from '../../dataset/split-list.ts';
import { clipped, escapedJson, hasControl, oneLine } from '../../text.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import type { DirEntry, DirObject } from './dir-object.ts';
import { containerMemory } from './memory.ts';
import { compareCodePoints, dumpsDictionary } from './python-json.ts';

/** Larger is no list that a person or a script made for this dataset, or one that is in memory twice while git sends it. */
export const listLimit = Math.min(256 * 1024 * 1024, Math.floor(containerMemory() / 8));

/** The failure of a list with lines that name no file. */
export class BadList extends FetchFailure {
  /** All of them, which are looked for again, as a list may have millions. */
  readonly everyOffence: () => readonly Offence[];

  constructor(sentence: string, details: readonly string[], everyOffence: () => readonly Offence[]) {
    super('dataset', sentence, { details });
    this.everyOffence = everyOffence;
  }
}

/** The object for these entries: sorted as DVC sorts, written as Python writes. */
export function deriveDirObject(entries: readonly DirEntry[]): DirObject {
  const sorted = [...entries].sort((a, b) => compareCodePoints(a.relpath, b.relpath));
  const bytes = Buffer.concat([...dumped(sorted)]);
  return { oid: `${createHash('md5').update(bytes).digest('hex')}.dir`, bytes, entries: sorted };
}

/** In pieces, as a string holds no half gigabyte, which 5 million files may take. */
function* dumped(entries: readonly DirEntry[]): Generator<Buffer> {
  const perPiece = 10_000;
  yield Buffer.from('[');
  for (let at = 0; at < entries.length; at += perPiece) {
    const piece = entries
      .slice(at, at + perPiece)
      .map(dumpsDictionary)
      .join(', ');
    yield Buffer.from(at === 0 ? piece : `, ${piece}`);
  }
  yield Buffer.from(']');
}

/** A split with what it says: the bytes of its list, which `path` names in the repository. */
export type SplitContent =
  | { kind: 'every' }
  | { kind: 'list'; path: string; list: Buffer }
  | { kind: 'glob'; pattern: string };

/**
 * The subset that a split names: all of the dataset, the files of a list, or those that a glob matches.
 * @throws {FetchFailure} `dataset` that names each offending line, or a file whose name can't be published; `notFound` where
 * a glob matches nothing
 */
export function selectSubset(dataset: DirObject, split: SplitContent, dataDir: string): DirObject {
  // DVC records an empty dataset, with exit code 0, where the data folder holds a folder named .dvc.
  if (dataset.entries.length === 0) {
    throw new FetchFailure(
      'dataset',
      `the commit's dataset has no files: see what dvc add tracked in ${dataDir} (a folder named .dvc in it hides all of it), add it again and use that commit`,
    );
  }
  const subset = selected(dataset, split, dataDir);
  requirePlainNames(subset.entries);
  return subset;
}

function selected(dataset: DirObject, split: SplitContent, dataDir: string): DirObject {
  switch (split.kind) {
    case 'every':
      return dataset;
    case 'glob':
      return deriveDirObject(matchedEntries(dataset.entries, split.pattern, dataDir));
    case 'list':
      return deriveDirObject(listedEntries(dataset.entries, split, dataDir));
  }
}

/** A pattern is relative to the data directory, or begins with it, as the lines of a list. */
function matchedEntries(entries: readonly DirEntry[], pattern: string, dataDir: string): DirEntry[] {
  const matched = (glob: string) => {
    const matches = globMatcher(glob);
    return entries.filter(({ relpath }) => matches(relpath));
  };
  const asWritten = matched(pattern);
  const stripped = pattern.startsWith(`${dataDir}/`) ? pattern.slice(dataDir.length + 1) : null;
  const inDataDir = stripped === null ? [] : matched(stripped);
  if (asWritten.length > 0 && inDataDir.length > 0) {
    throw new FetchFailure(
      'dataset',
      `the split ${pattern} matches files whether ${dataDir}/ is the data directory or a folder in it: write ${stripped} for the one, or ${dataDir}/${pattern} for the other`,
    );
  }
  const found = asWritten.length > 0 ? asWritten : inDataDir;
  if (found.length > 0) return found;
  throw new FetchFailure(
    'notFound',
    `the split ${pattern} matches no file of the dataset, which has ${describePaths(entries)}: write the glob relative to ${dataDir === '.' ? "the repository's root" : dataDir}`,
  );
}

/** More different ones are counted no further, as there may be as many as files. */
const countedNames = 10_000;

/** The folders and extensions with the most files, at most ten of each. */
function describePaths(entries: readonly DirEntry[]): string {
  const folders = new Map<string, number>();
  const extensions = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string) => {
    if (counts.has(name) || counts.size < countedNames) counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  for (const { relpath } of entries) {
    const slash = relpath.indexOf('/');
    if (slash > 0) count(folders, relpath.slice(0, slash + 1));
    const extension = posix.extname(relpath);
    if (extension !== '') count(extensions, extension);
  }
  const parts = [
    folders.size > 0 ? `the folders ${mostFrequent(folders)}` : 'no folders',
    extensions.size > 0 ? `names that end in ${mostFrequent(extensions)}` : 'names without extensions',
  ];
  return parts.join(' and ');
}

function mostFrequent(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([one, files], [other, others]) => others - files || (one < other ? -1 : 1));
  const names = sorted.slice(0, 10).map(([name]) => escapedJson(oneLine(clipped(name, 60))));
  return `${names.join(', ')}${sorted.length > names.length ? ', …' : ''}`;
}

function listedEntries(
  entries: readonly DirEntry[],
  { path, list }: { path: string; list: Buffer },
  dataDir: string,
): DirEntry[] {
  const byPath = new Map<string, DirEntry>();
  for (const entry of entries) byPath.set(entry.relpath, entry);
  const { paths, offences, offending, format } = resolveSplit(list, dataDir, byPath);
  if (offending > 0) {
    const lines = offences.map(({ line, text, why }) => `line ${line}: ${JSON.stringify(clipped(text, 200))} ${why}`);
    const shown = lines.slice(0, 3).join('; ');
    throw new BadList(
      format
        ? `the list ${path} ${format}`
        : `the list ${path} has ${offending} line${offending > 1 ? 's' : ''} that can not be honoured, so nothing is published: ${shown}${offending > 3 ? '; …' : ''}`,
      offending > lines.length ? [...lines, `and ${offending - lines.length} more`] : lines,
      () => resolveSplit(list, dataDir, byPath, Number.POSITIVE_INFINITY).offences,
    );
  }
  if (paths.length === 0) {
    throw new FetchFailure(
      'dataset',
      `the list ${path} names no file: write one path per line, or use the split ${everyFile}`,
    );
  }
  return paths.flatMap((each) => byPath.get(each) ?? []);
}

/**
 * DVC tracks a name with a control character, and Linux has it; but a terminal obeys it, and a line break in one ends a
 * list's line. Only where it would be published: a list may leave it out.
 */
function requirePlainNames(entries: readonly DirEntry[]): void {
  const bad = entries.filter(({ relpath }) => hasControl(relpath));
  const [first] = bad;
  if (!first) return;
  const others = bad.length > 1 ? ` (and ${bad.length - 1} more)` : '';
  throw new FetchFailure(
    'dataset',
    `the dataset's file ${escapedJson(JSON.stringify(clipped(first.relpath, 200)))}${others} has a control character or line break in its name: rename it, dvc add and dvc push again and use that commit, or name a list without it`,
  );
}
