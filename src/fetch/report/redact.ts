/** Keeps secrets out of everything that is printed: tools repeat URLs and environment in their own messages. */
import { clipped, oneLine } from '../../text.ts';
import { printedForms, secretsOf } from './secrets.ts';

/** Text → the same text without the secrets. */
export type Redact = (text: string) => string;

const longest = 4096;

/**
 * Knows the secrets of this environment and those given, and removes the login from any URL; puts what is left on one
 * line, no longer than a line of a log ought to be.
 */
export function redactor(environment: NodeJS.ProcessEnv, secrets: readonly string[] = []): Redact {
  const hide = hider([...secretsOf(environment), ...secrets]);
  // Cut last, as half of a secret would not be found.
  return (text) => clipped(oneLine(hide(text)), longest);
}

/** As `redactor`, and leaves the text as it is otherwise. */
export function hider(secrets: readonly string[]): Redact {
  // Very short values would blank out ordinary words.
  const long = secrets.flatMap(printedForms).filter((value) => value.length >= 6);
  // In a URL a secret may be percent-encoded.
  const known = [...new Set([...long, ...long.map(encoded)])].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of known) clean = clean.replaceAll(value, '[redacted]');
    return clean.replaceAll(url, (_, scheme: string, rest: string) => scheme + withoutLogin(rest));
  };
}

function encoded(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : value;
}

/** A scheme, and all up to a space or the next URL. */
const url = /([a-z][a-z0-9+.-]{0,20}:\/\/)((?:(?![a-z][a-z0-9+.-]{0,20}:\/\/)\S)*)/gi;

/** What follows an `@` where a host does, and not the revision of a dataset reference or a name in a path. */
const host = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?[:,;]?(?:$|[/?#'"),;>\]}])/i;
const revision = /^[0-9a-f]{40,64}(?![0-9a-z.])/i;

/**
 * A URL's part behind `://` without its login. People write passwords as they are, with `/` and `@` in them, so the
 * login may go on behind the first of these; in doubt, more is hidden than needed.
 */
function withoutLogin(rest: string): string {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  const hosts = [...rest.matchAll(/@/g)].map(({ index }) => index).filter((at) => mayBeHost(rest.slice(at + 1)));
  const last = hosts.at(-1) ?? -1;
  // `host/path@…` has no login: one with a slash in it is told by its colon, as in `user:pass/word@host`.
  const within = authority.includes('@') || /:./.test(authority.replace(/^\[.*?\]/, ''));
  if (last >= 0 && within) return `[redacted]${rest.slice(last)}`;
  const first = authority.indexOf('@');
  return first > 0 ? `[redacted]${rest.slice(first)}` : rest;
}

function mayBeHost(text: string): boolean {
  return host.test(text) && !revision.test(text);
}
