/** Reads the list of a split and checks every line against the dataset's files; wrong lines are reported, none is skipped. */
import { likelyMeant } from './likely-meant.ts';
import { listFormat } from './list-format.ts';

/** A line that names no file of the dataset. */
export interface Offence {
  /** 1-based. */
  line: number;
  text: string;
  why: string;
}

/** The files that a list names, without duplicates and in its order, and its wrong lines. */
export interface ResolvedSplit {
  paths: string[];
  /** How many lines offend. */
  offending: number;
  /** The first of them. */
  offences: Offence[];
  /** What the whole file is instead of a list, and what to do; null where only lines are wrong. */
  format: string | null;
}

/** What the list is matched with: paths relative to the data directory. */
export interface DatasetPaths {
  has(path: string): boolean;
  keys(): Iterable<string>;
}

/** How many offences are named unless said otherwise. */
const namedOffences = 20;

/**
 * Resolves a list in UTF-8: one path per line, relative to the data directory or beginning with it. A byte order mark, CRLF,
 * blank lines and duplicates are fine. Names are taken verbatim: nothing is trimmed or normalised but a leading `./`.
 */
export function resolveSplit(
  list: Buffer,
  dataDir: string,
  dataset: DatasetPaths,
  mostNamed = namedOffences,
): ResolvedSplit {
  const paths = new Set<string>();
  const offences: Offence[] = [];
  let offending = 0;
  for (const { line, text, cut } of linesOf(list)) {
    if (text.trim() === '' && !cut) continue;
    const found: ReturnType<typeof findPath> = cut
      ? { why: 'is longer than any path, and so no file of the dataset' }
      : findPath(text, dataDir, dataset);
    if (found.path !== undefined) {
      paths.add(found.path);
      continue;
    }
    offending += 1;
    if (offences.length < mostNamed) offences.push({ line, text, why: found.why });
  }
  const resolved = { paths: [...paths], offending, offences, format: null };
  return offending === 0 ? resolved : { ...resolved, ...explain(list, offences, dataDir, dataset) };
}

/** What can be said of lines that name no file, by a look at what the dataset has: once, however many lines there are. */
function explain(
  list: Buffer,
  offences: readonly Offence[],
  dataDir: string,
  dataset: DatasetPaths,
): Pick<ResolvedSplit, 'offences' | 'format'> {
  const names = (text: string) => findPath(text, dataDir, dataset).path !== undefined;
  const format = listFormat(list, offences, names);
  const unknown = offences.filter(({ why }) => why === noFile).map(({ text }) => text);
  const meant = likelyMeant(unknown, dataDir, dataset.keys());
  return {
    format,
    offences: offences.map((offence) => {
      const why = offence.why === noFile ? (meant.get(offence.text) ?? noFile) : offence.why;
      return { ...offence, why };
    }),
  };
}

const [lineFeed, carriageReturn] = [10, 13];
const byteOrderMark = Buffer.from('\uFEFF');

/** In bytes: more than any path of a dataset below any data directory. */
const longestLine = 32 * 1024;

/**
 * A generator, as an array of the lines of a list of some hundred megabytes would not fit in memory, and neither would one
 * line of that length: longer ones are `cut`. Skips empty lines.
 */
function* linesOf(list: Buffer): Generator<{ line: number; text: string; cut: boolean }> {
  let line = 1;
  let from = list.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0;
  for (let i = from; i <= list.length; i += 1) {
    if (i < list.length && list[i] !== lineFeed) continue;
    const to = i > from && list[i - 1] === carriageReturn ? i - 1 : i;
    const cut = to - from > longestLine;
    if (to > from) yield { line, text: list.toString('utf8', from, cut ? from + longestLine : to), cut };
    from = i + 1;
    line += 1;
  }
}

const noFile = 'is no file of the dataset';

function findPath(
  text: string,
  dataDir: string,
  dataset: DatasetPaths,
): { path: string } | { path?: never; why: string } {
  const path = text.startsWith('./') ? text.slice(2) : text;
  if (path.startsWith('/'))
    return { why: `is absolute; write it relative to ${dataDir === '.' ? "the repository's root" : `${dataDir}/`}` };
  if (/(?:^|\/)\.\.(?:\/|$)/.test(path))
    return { why: 'has a ".." segment, and a list can only name files of the dataset' };
  const inDataDir = path.startsWith(`${dataDir}/`) ? path.slice(dataDir.length + 1) : undefined;
  const asWritten = dataset.has(path);
  const stripped = inDataDir !== undefined && dataset.has(inDataDir);
  if (asWritten && stripped) {
    return {
      why: `names both ${dataDir}/${path} and ${path}; write the path beginning with ${dataDir}/ in full, or without it`,
    };
  }
  if (asWritten) return { path };
  if (stripped) return { path: inDataDir };
  if (path !== path.trim() && dataset.has(path.trim()))
    return { why: `${noFile}, but is one without the spaces around it` };
  const unquoted = /^\s*(["'])(.*)\1\s*$/.exec(path)?.[2];
  if (unquoted !== undefined) return { why: 'is quoted; write it without the quotes around it' };
  if (path.includes('\\')) return { why: 'has backslashes; write / between folders' };
  return { why: noFile };
}
