/** Reads a repository's `.dvc/config` as data. DVC's own reader is never pointed at it, as some of its keys run commands. */
import { clipped } from '../../text.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';

/** Section → key → value. Sections and keys are lower case, as DVC compares them so; a remote's section is `remote "name"`. */
export type DvcConfig = ReadonlyMap<string, ReadonlyMap<string, string>>;

export const dvcConfigLimit = 1024 * 1024;
/** So much of a name is repeated in a sentence. */
const shownLength = 64;

/**
 * Parses the ini that DVC writes (configobj): `[core]`, `['remote "name"']`, `key = value`, quotes around either, and
 * comments by `#`. (`git config --file` can't: it refuses the quoted section names.) What DVC refuses to read, a section or
 * a key of the same spelling twice, is refused here too.
 * @throws {FetchFailure} `dataset` with the number of the line
 */
export function parseDvcConfig(text: string): DvcConfig {
  const config = new Map<string, Map<string, string>>();
  let section = new Map<string, string>(); // keys before any section count for nothing
  const sections = new Set<string>();
  let keys = new Set<string>();
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const refuse = (why: string): never => {
      throw new FetchFailure('dataset', `.dvc/config of the commit, line ${index + 1}: ${why}`);
    };
    if (line.startsWith('[')) {
      const name = sectionName(line) ?? refuse('the section name can not be read');
      if (sections.has(name)) refuse(`the section [${clipped(name, shownLength)}] stands there twice; leave one`);
      sections.add(name);
      // As in DVC: of two that differ in capitals only, the later one counts.
      section = new Map();
      keys = new Set();
      config.set(name.toLowerCase(), section);
      continue;
    }
    const at = line.indexOf('=');
    if (at < 1) refuse('there is no "key = value"');
    const value = line.slice(at + 1).trim();
    if (value.startsWith('"""') || value.startsWith("'''")) refuse('values of several lines are not supported');
    const key = unquoted(line.slice(0, at).trim());
    if (keys.has(key)) refuse(`the key ${clipped(key, shownLength)} stands twice in its section; leave one`);
    keys.add(key);
    section.set(key.toLowerCase(), withoutComment(value));
  }
  return config;
}

/**
 * The name between the brackets, with or without quotes. No expression that tries again from every character: the line
 * is a stranger's, and may be a megabyte long.
 */
function sectionName(line: string): string | null {
  const inner = line.slice(1).trimStart();
  const quote = /^["']/.exec(inner)?.[0];
  const end = inner.indexOf(quote ?? ']', quote ? 1 : 0);
  if (end < 0) return null;
  const name = inner.slice(quote ? 1 : 0, end);
  const rest = inner.slice(quote ? end + 1 : end).trimStart();
  const after = rest.slice(1).trimStart();
  if (!rest.startsWith(']') || (after !== '' && !after.startsWith('#'))) return null;
  return quote === undefined && name.includes('[') ? null : name.trim();
}

function withoutComment(value: string): string {
  const quoted = /^(?:"([^"]*)"|'([^']*)')\s*(?:#.*)?$/.exec(value);
  if (quoted) return quoted[1] ?? quoted[2] ?? '';
  const comment = value.search(/(?:^|\s)#/);
  return comment < 0 ? value : value.slice(0, comment).trim();
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}
