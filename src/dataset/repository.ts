/** Parses a repository's address, and gives one canonical spelling to all spellings that mean the same address. */
import { clipped } from '../text.ts';
import { InvalidReference } from './invalid-reference.ts';

/** A scheme that a reference can be written in; `file` and `http` only where the admin allows them. */
export const schemes = ['https', 'ssh', 'http', 'file'] as const;
export type Scheme = (typeof schemes)[number];

/** A repository's address. */
export interface Repository {
  /** What git is given: the URL as the user or the admin's alias wrote it, but for capitals in the scheme. */
  url: string;
  /**
   * The same address in one spelling: lower-case host, no default port, no `.git`, no trailing slash, scp form as ssh.
   * It serves only to compare and to derive the key, which is safe because the full sha fixes the content.
   */
  canonical: string;
  scheme: Scheme;
}

const example = 'https://git.example.com/ml/images or git@git.example.com:ml/images';
/** What a scheme's server listens on unless the address has another port. */
export const defaultPorts: Record<Scheme, string> = { https: '443', http: '80', ssh: '22', file: '' };

// A host or user beginning with "-" would be an option to ssh (CVE-2017-1000117), so both begin with a letter or digit.
const user = '[A-Za-z0-9_][A-Za-z0-9._+~-]*';
const host = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]`;
const urlForm = new RegExp(`^(https|ssh|http)://(?:(${user})@)?(${host})(?::([0-9]{1,5}))?(/.*)$`, 'i');
const fileForm = /^file:\/\/(\/.*)$/i;
const scpForm = new RegExp(`^(?:(${user})@)?(${host}):(?!//)(.+)$`);
const pathCharacters = /^(?:[A-Za-z0-9._~+@,=:/-]|%[0-9A-Fa-f]{2})+$/;

/**
 * Reads a repository's address.
 * @throws {InvalidReference} when it is none, hides credentials, or its scheme is not in `allowed`
 */
export function parseRepository(text: string, allowed: readonly Scheme[]): Repository {
  refuseCredentials(text);
  const scheme = schemeOf(text);
  if (!(allowed as readonly string[]).includes(scheme)) {
    throw new InvalidReference(
      'scheme-not-allowed',
      `the repository's scheme ${scheme}:// is not allowed here; use ${describeAllowed(allowed)}, such as ${example}`,
    );
  }
  const address = readUrl(text) ?? readFile(text) ?? readScp(text);
  if (!address) {
    throw new InvalidReference('repository', `the repository's address can't be read; write it like ${example}`);
  }
  refuseHost(address.host);
  refusePath(address.path);
  // git looks for a helper program that has the scheme in its name, which is lower case: it finds none for HTTPS://.
  const url = text.replace(/^[A-Za-z]+(?=:\/\/)/, (written) => written.toLowerCase());
  return { url, canonical: canonicalOf(address), scheme: address.scheme };
}

/** True when a reference's repository part is to be looked up among the admin's aliases. */
export function isAlias(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text);
}

interface Address {
  scheme: Scheme;
  user: string;
  host: string;
  port: string;
  path: string;
}

function readUrl(text: string): Address | null {
  const match = urlForm.exec(text);
  if (!match) return null;
  const port = match[4] ?? '';
  if (port !== '' && (Number(port) < 1 || Number(port) > 65535)) return null;
  return {
    scheme: (match[1] ?? '').toLowerCase() as Scheme,
    user: match[2] ?? '',
    host: match[3] ?? '',
    port: port === '' ? '' : String(Number(port)),
    path: match[5] ?? '',
  };
}

function readFile(text: string): Address | null {
  const match = fileForm.exec(text);
  return match ? { scheme: 'file', user: '', host: '', port: '', path: match[1] ?? '' } : null;
}

function readScp(text: string): Address | null {
  if (text.includes('://')) return null;
  const match = scpForm.exec(text);
  if (!match) return null;
  const path = match[3] ?? '';
  const absolute = path.startsWith('/') ? path : `/${path}`;
  return { scheme: 'ssh', user: match[1] ?? '', host: match[2] ?? '', port: '', path: absolute };
}

function canonicalOf(address: Address): string {
  const port = address.port === '' || address.port === defaultPorts[address.scheme] ? '' : `:${address.port}`;
  const login = address.user === '' ? '' : `${address.user}@`;
  // Repeatedly, so that the canonical form of a canonical form is itself: people paste it back into manifests.
  const path = address.path.replace(/(?:\/|(?<=[^/])\.git)+$/, '');
  return `${address.scheme}://${login}${address.host.toLowerCase()}${port}${path}`;
}

function schemeOf(text: string): string {
  const named = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text) ?? /^([A-Za-z][A-Za-z0-9+.-]*)::/.exec(text);
  return named ? clipped((named[1] ?? '').toLowerCase(), 20) : 'ssh';
}

/**
 * Must be the first check of a text, as every other error message may quote a part of it.
 * @throws {InvalidReference} with problem `credentials`
 */
export function refuseCredentials(text: string): void {
  const authority = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/]*)/.exec(text);
  const login = authority?.[2]?.includes('@') ? authority[2].slice(0, authority[2].lastIndexOf('@')) : null;
  const isSsh = authority?.[1]?.toLowerCase() === 'ssh';
  const inUrl = login !== null && (!isSsh || login.includes(':'));
  // A password may hold a slash, so all between the first colon and an "@" counts; ssh:// serves paths with an "@".
  const inScp = !authority && /^[^@]*:.*@/.test(text);
  if (!inUrl && !inScp && /[?#]/.test(text)) {
    throw new InvalidReference(
      'credentials',
      "the repository's address must hold no query or fragment: leave out all from the ? or # on, as many can read a " +
        "pod's annotations and a token may stand there; write it like https://git.example.com/ml/images@<full sha>:<split>",
    );
  }
  if (inUrl || inScp) {
    throw new InvalidReference(
      'credentials',
      "the repository's address must hold no user, password, token or query, as many can read a pod's annotations; " +
        'put them into a Secret of type kubernetes.io/basic-auth named by dvc.io/git-secret and write only ' +
        'https://git.example.com/ml/images@<full sha>:<split>',
    );
  }
}

/**
 * An address has forms that a glob of the admin's does not know for one: 2852039166, 0xA9FEA9FE and [::ffff:a9fe:a9fe] are
 * all 169.254.169.254. Four decimal numbers, or an IPv6 address that holds no IPv4 one, are what everybody reads alike.
 */
function refuseHost(host: string): void {
  if (!isHiddenAddress(host)) return;
  throw new InvalidReference(
    'repository',
    `the repository's host ${clipped(host, 60)} is a number or an address in an unusual form; write the server's name, or its address as four decimal numbers: ${example}`,
  );
}

function isHiddenAddress(host: string): boolean {
  if (host.startsWith('[')) {
    const six = URL.parse(`http://${host}`)?.hostname;
    return six === undefined || /^\[::(?:ffff:(?:0:)?)?[0-9a-f]+:[0-9a-f]+\]$|^\[(?:64:ff9b|2002):/.test(six);
  }
  const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
  const last = host.split('.').at(-1) ?? '';
  return /^(?:[0-9]+|0x[0-9a-f]*)$/i.test(last) && !new RegExp(`^(?:${octet}\\.){3}${octet}$`).test(host);
}

function refusePath(path: string): void {
  const refuse = (why: string): never => {
    throw new InvalidReference('repository', `the repository's path ${why}; write it like ${example}`);
  };
  if (!pathCharacters.test(path))
    refuse('has a character that no git URL needs (letters, digits and . _ ~ + @ , = : / - %XX are fine)');
  if (path.replaceAll('/', '') === '') refuse('is missing');
  for (const segment of path.slice(1).split('/')) {
    const plain = segment.replaceAll(/%2e/gi, '.').replaceAll(/%2d/gi, '-');
    if (plain === '..' || plain === '.') refuse('has a "." or ".." segment');
    if (plain.startsWith('-')) refuse('has a segment that begins with "-"');
    if (/%(?:[01][0-9A-F]|2F|5C|7F)/i.test(segment)) refuse('hides a slash or a control character behind "%"');
  }
}

function describeAllowed(allowed: readonly Scheme[]): string {
  return allowed.map((scheme) => (scheme === 'ssh' ? 'ssh:// (or user@host:path)' : `${scheme}://`)).join(', ');
}
