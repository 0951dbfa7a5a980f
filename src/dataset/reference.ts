/** Parses a dataset's name, `<repo>@<sha>:<split>`: the same grammar in annotations, on the command line and in the init container. */
import { clipped, hasControl } from '../text.ts';
import { InvalidReference } from './invalid-reference.ts';
import { isAlias, parseRepository, type Repository, refuseCredentials, type Scheme } from './repository.ts';
import { parseSplit } from './split.ts';

/** A parsed dataset name. */
export interface Reference {
  repository: Repository;
  /** The commit, 40 or 64 lower-case hex digits. */
  revision: string;
  /** As it was written: path of a list below the split directory, a glob, or `*` for every file; `parseSplit` reads it. */
  split: string;
}

/** What a reference may be written with. */
export interface ReferenceRules {
  schemes: readonly Scheme[];
  /** Short names the admin gave to repositories: alias → URL. */
  aliases: Readonly<Record<string, string>>;
}

/** The default: only schemes that authenticate the server. */
export const defaultRules: ReferenceRules = { schemes: ['https', 'ssh'], aliases: {} };

const maximumLength = 2048;
const example = 'https://git.example.com/ml/images@0123456789abcdef0123456789abcdef01234567:train';
const oneEach = 'for each further one add an annotation such as dvc.io/dataset.val';
const revisionPattern = /@([0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}):/g;

/**
 * Parses `<repo>@<sha>:<split>`; white space around it is ignored, as YAML block values end in a line break.
 * @throws {InvalidReference} for everything that is not a reference, and nothing else
 */
export function parseReference(written: string, rules: ReferenceRules = defaultRules): Reference {
  const text = written.trim();
  if (text === '') throw new InvalidReference('syntax', `the reference is empty; write it like ${example}`);
  if (text.length > maximumLength) {
    throw new InvalidReference(
      'syntax',
      `the reference is longer than ${maximumLength} characters; write it like ${example}`,
    );
  }
  if (hasControl(text)) {
    throw new InvalidReference(
      'syntax',
      `the reference holds a control character or line break; write it on one line like ${example}`,
    );
  }
  const matches = [...text.matchAll(revisionPattern)];
  const [match] = matches;
  if (!match) throw noRevision(text, rules);
  if (matches.length > 1) {
    throw new InvalidReference(
      'syntax',
      `the reference holds "@<sha>:" more than once, and names one dataset; ${oneEach}`,
    );
  }
  if (match.index === 0) {
    throw new InvalidReference('repository', `the repository is missing before "@<sha>:"; write it like ${example}`);
  }
  const repository = readRepository(text.slice(0, match.index), rules);
  const split = text.slice(match.index + match[0].length);
  parseSplit(split);
  return { repository, revision: (match[1] ?? '').toLowerCase(), split };
}

/** Writes a reference so that parsing it again gives the same one; an alias stands resolved. */
export function formatReference(reference: Reference): string {
  return `${reference.repository.url}@${reference.revision}:${reference.split}`;
}

/** The reference in its one canonical spelling, as training code and model registries should record it. */
export function canonicalReference(reference: Reference): string {
  return `${reference.repository.canonical}@${reference.revision}:${reference.split}`;
}

function readRepository(text: string, rules: ReferenceRules): Repository {
  if (!isAlias(text)) return parseRepository(text, rules.schemes);
  const url = Object.hasOwn(rules.aliases, text) ? rules.aliases[text] : undefined;
  if (url === undefined) {
    const known = Object.keys(rules.aliases);
    throw new InvalidReference(
      'unknown-alias',
      `"${clipped(text, 40)}" is neither a repository's URL nor a known alias (${known.length > 0 ? `known: ${known.join(', ')}` : 'the admin has defined none'}); write it like ${example}`,
    );
  }
  return parseRepository(url, rules.schemes);
}

/** The error for a text without a full sha, which says whether there is none, a short one, or a branch or tag. */
function noRevision(text: string, rules: ReferenceRules): InvalidReference {
  const last = text.lastIndexOf('@');
  const at = isOfLogin(text, last) ? -1 : last;
  const rest = text.slice(at + 1);
  const end = rest.indexOf(':');
  const repository = at > 0 ? text.slice(0, at) : withoutSplit(text);
  const revision = at > 0 && end >= 0 ? rest.slice(0, end) : at > 0 ? rest : '';
  // Credentials are refused before any part of the text is quoted. Without a sha the last "@" may belong to them.
  try {
    if (text.includes('://')) refuseCredentials(text);
    readRepository(repository, rules);
  } catch (error) {
    if (error instanceof InvalidReference && error.problem !== 'unknown-alias') return error;
  }
  const advice = `the sha must be the commit's full 40 or 64 hex digits (git rev-parse HEAD prints it): ${example}`;
  if (/^[0-9A-Fa-f]{40}$|^[0-9A-Fa-f]{64}$/.test(revision)) {
    return new InvalidReference(
      'split',
      `the split is missing after the sha; name a list of the split directory, a glob, or * for every file: ${example}`,
    );
  }
  if (/^sha(?:1|256)$/i.test(revision)) {
    return new InvalidReference('revision', `"@${revision}:" is how images are named; leave the word out: ${advice}`);
  }
  if (/^[0-9A-Fa-f]{4,63}$/.test(revision)) {
    return new InvalidReference('revision', `"${revision}" is a short sha; ${advice}`);
  }
  if (/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/.test(revision)) {
    return new InvalidReference('revision', `"${revision}" is a branch or tag, which can move; ${advice}`);
  }
  return new InvalidReference('revision', `the reference has no "@<sha>:" between repository and split; ${advice}`);
}

/** True where the "@" stands behind a login, as in `git@git.example.com:ml/images`, and not before a commit. */
function isOfLogin(text: string, at: number): boolean {
  const authority = text.indexOf('://');
  if (authority >= 0) return at > authority && !text.slice(authority + 3, at).includes('/');
  return (
    /^[A-Za-z0-9_][A-Za-z0-9._+~-]*$/.test(text.slice(0, at)) &&
    /^[A-Za-z0-9-]+\.[A-Za-z0-9.-]+:[^@]+$/.test(text.slice(at + 1))
  );
}

/** What stands before a split, where no commit stands between the two. */
function withoutSplit(text: string): string {
  const colon = text.lastIndexOf(':');
  const isSplit = text.includes('://') ? !text.startsWith('//', colon + 1) : text.indexOf(':') < colon;
  return isSplit && !/^[0-9]+(?:\/|$)/.test(text.slice(colon + 1)) ? text.slice(0, colon) : text;
}
