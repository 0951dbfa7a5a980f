/** Chooses the DVC remote of a commit and takes from its configuration only the keys that say where the data is. */
import { longestRemoteName } from '../../dataset/remote-name.ts';
import { clipped, hasControl } from '../../text.ts';
import type { DvcConfig } from '../dvc-format/dvc-config.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { originOf, remoteServer, serverProblem } from './allowed-servers.ts';
import { type Check, type RemoteTypeName, remoteType, remoteTypes } from './types.ts';
import { listedNames, remoteNames, type WrittenRemote, writtenRemote } from './written-remote.ts';
import { wrongUrlHint } from './wrong-url.ts';

/** A remote as the generated workspace gets it. */
export interface Remote {
  /** What people call it. */
  name: string;
  type: RemoteTypeName;
  /** Exactly the keys of DVC's remote section. */
  settings: Readonly<Record<string, string>>;
  /** Other servers that it may send its clients on to: the admin's list. */
  endpoints: readonly string[];
  /** Keys of the repository that were left out, for the log. */
  ignored: string[];
}

/** What the remote is called in the generated workspace. */
export const remoteAlias = 'origin';

/** Longer is no value of ours, and would fill whole lines of the log. */
const longestValue = 2048;
const loggedKeys = { count: 20, length: 64 };

/** A remote that the admin gives to repositories which name none that a pod can reach: `repositories.remotes`. */
export interface FallbackRemote {
  url: string;
  /** S3's; null for the client's own way to find it. */
  region: string | null;
  /** Of S3 or Google's storage; null for the cloud's own. */
  endpoint: string | null;
}

/** What the admin allows beyond the cloud's own, and what the pod and the admin say of the remote. */
export interface RemoteRules {
  localFolders: boolean;
  endpoints: readonly string[];
  /** The remote's name that replaces the commit's default, as `dvc pull -r` does; none unless given. */
  requested?: string | null;
  /** Replaces a default that is missing, a local folder, or of a type that can't be fetched from; none unless given. */
  fallback?: FallbackRemote | null;
}

/** What the admin's remote is called: people find it under this key. */
export const fallbackName = 'repositories.remotes';

/** Who named a remote decides what mends it. */
type NamedBy = 'output' | 'pod' | 'default';

/**
 * The output's own remote, else the one that the pod requests, else the repository's default one, else the admin's.
 * @throws {FetchFailure} `dataset`, or `usage` for a server or a local folder that is not allowed
 */
export function chooseRemote(config: DvcConfig, ofOutput: string | null, rules: RemoteRules): Remote {
  const { requested, fallback } = rules;
  const by: NamedBy = ofOutput !== null ? 'output' : requested ? 'pod' : 'default';
  const name = (ofOutput ?? (requested || config.get('core')?.get('remote')) ?? '').toLowerCase();
  if (name.length > longestRemoteName) {
    throw new FetchFailure(
      'dataset',
      `the commit's DVC remote has a name of ${name.length} characters, and at most ${longestRemoteName} are read: rename it in .dvc/config and use that commit`,
    );
  }
  const written = name === '' ? null : writtenRemote(config, name);
  if (by === 'default' && fallback && !isInReach(written)) return fallbackRemote(fallback, rules);
  if (name === '') throw noDefault(config);
  if (written === null) throw unknownRemote(config, name, by);
  const type = typeOf(urlOf(written));
  if (type === null) throw unsupportedType(config, name, { url: urlOf(written), by });
  if (type === 'local' && !rules.localFolders) throw localFolder(config, name, by);
  if (written.get('version_aware')?.toLowerCase() === 'true' || written.get('worktree')?.toLowerCase() === 'true') {
    throw new FetchFailure(
      'dataset',
      `the DVC remote "${name}" is cloud-versioned (version_aware or worktree), which can not be fetched`,
    );
  }
  return allowedRemote({ name, type, written }, rules);
}

/** Only the keys of its type, each of them checked, and a server that it may name. */
function allowedRemote(
  { name, type, written }: { name: string; type: RemoteTypeName; written: WrittenRemote },
  { endpoints }: RemoteRules,
): Remote {
  const settings: Record<string, string> = {};
  const ignored: string[] = [];
  const { keys } = remoteType(type);
  for (const [key, value] of written) {
    const check = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (check) settings[key] = checkedValue({ name, type, key, value }, check);
    else ignored.push(key);
  }
  const problem = serverProblem(type, settings, endpoints);
  if (problem) throw new FetchFailure('usage', `${problem} (DVC remote "${name}")`);
  return { name, type, settings, endpoints, ignored: shortened(ignored) };
}

/** False for what the admin's remote replaces. */
function isInReach(written: WrittenRemote | null): boolean {
  const type = written && typeOf(urlOf(written));
  return type !== null && type !== 'local';
}

/** The admin gave it, so its own server counts as listed. */
function fallbackRemote({ url, region, endpoint }: FallbackRemote, rules: RemoteRules): Remote {
  const type = typeOf(url);
  if (type === null || type === 'local') {
    throw new FetchFailure(
      'usage',
      `the url of ${fallbackName} (--fallback-remote) is of no type that can be fetched from: ${supportedTypes} are supported`,
    );
  }
  const written = new Map([['url', url]]);
  if (region !== null) written.set('region', region);
  if (endpoint !== null) written.set('endpointurl', endpoint);
  const server = remoteType(type).servers === 'listed' ? remoteServer(type, { url }) : null;
  const own = endpoint ?? (server && originOf(server));
  const endpoints = own === null ? rules.endpoints : [...rules.endpoints, own];
  return allowedRemote({ name: fallbackName, type, written }, { ...rules, endpoints });
}

function urlOf(written: WrittenRemote): string {
  return written.get('url') ?? '';
}

function noDefault(config: DvcConfig): FetchFailure {
  const known = remoteNames(config);
  return new FetchFailure(
    'dataset',
    known.length === 0
      ? `the commit names no default DVC remote: run dvc remote default <name>, commit .dvc/config, and use that commit, or ask an admin for one by ${fallbackName}`
      : `the commit names no default DVC remote, but has ${listedNames(known)}: choose one by the annotation ${writtenChoice(known)}, or run dvc remote default <name>, commit .dvc/config, and use that commit`,
  );
}

function unknownRemote(config: DvcConfig, name: string, by: NamedBy): FetchFailure {
  const known = remoteNames(config);
  const whose = { output: ', which the output names as its own', pod: ', which dvc.io/remote names', default: '' }[by];
  const choice =
    known.length === 0
      ? ''
      : `; it has ${listedNames(known)}${by === 'output' ? '' : `, of which one is chosen by the annotation ${writtenChoice(known)}`}`;
  const admin = by === 'default' ? `, or ask an admin for a remote by ${fallbackName}` : '';
  return new FetchFailure(
    'dataset',
    `the commit's .dvc/config has no remote "${name}" with a url${whose}: it may be in the untracked .dvc/config.local; add it and commit${admin}${choice}`,
  );
}

function localFolder(config: DvcConfig, name: string, by: NamedBy): FetchFailure {
  return new FetchFailure(
    'usage',
    `the DVC remote "${name}" is a local folder, and only --allow-scheme file allows those: ${otherRemote(config, name, by)}`,
  );
}

function unsupportedType(config: DvcConfig, name: string, { url, by }: { url: string; by: NamedBy }): FetchFailure {
  const scheme = clipped(schemeOf(url) ?? '', 32);
  const why = scheme === 'gdrive' ? ', as Google Drive needs the login of a person' : '';
  return new FetchFailure(
    'dataset',
    `the DVC remote "${name}" is of the type ${scheme}, which can not be fetched from${why}: ${otherRemote(config, name, by)}; ${supportedTypes} are supported`,
  );
}

/** The way out where the objects lie where no pod can get them. */
function otherRemote(config: DvcConfig, name: string, by: NamedBy): string {
  const push = 'run dvc remote add <name> s3://<bucket>/<path> and dvc push -r <name>';
  if (by === 'output') return `${push}, make it the output's remote, commit, and use that commit`;
  const others = remoteNames(config).filter((other) => other !== name);
  const choose =
    others.length === 0
      ? `${push}, commit .dvc/config, and use that commit with the annotation dvc.io/remote: <name>`
      : `choose another of its remotes by the annotation ${writtenChoice(others)} (it has ${listedNames(others)}), or ${push}, commit .dvc/config, and use that commit with dvc.io/remote: <name>`;
  return by === 'pod' ? choose : `${choose}, or ask an admin for a remote by ${fallbackName}`;
}

/** The annotation as it is written. */
function writtenChoice([first = '']: readonly string[]): string {
  return `dvc.io/remote: ${clipped(first, 64)} (--remote)`;
}

/** So many keys, and so much of each, as one line of a log can hold. */
function shortened(keys: readonly string[]): string[] {
  const told = keys.slice(0, loggedKeys.count).map((key) => clipped(key, loggedKeys.length));
  return keys.length > told.length ? [...told, `and ${keys.length - told.length} more`] : told;
}

function schemeOf(url: string): string | null {
  return /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase() ?? null;
}

/** Null for a type that can't be fetched from. */
function typeOf(url: string): RemoteTypeName | null {
  const scheme = schemeOf(url);
  if (scheme === null) return 'local';
  return scheme !== 'local' && Object.hasOwn(remoteTypes, scheme) ? (scheme as RemoteTypeName) : null;
}

const supportedTypes = Object.keys(remoteTypes)
  .filter((type) => type !== 'local')
  .join(', ');

/**
 * DVC's configuration has no escapes, so what could end a quoted value or be interpolated is refused, and so is whatever
 * Python takes for the end of a line.
 */
function checkedValue(
  { name, type, key, value }: { name: string; type: RemoteTypeName; key: string; value: string },
  check: Check,
): string {
  const breaks = hasControl(value) || /["']|%\(|\$\{/.test(value);
  if (value.length > longestValue || breaks || !check(value)) {
    const hint = key === 'url' ? wrongUrlHint(type, value) : '';
    throw new FetchFailure('dataset', `${key} of the DVC remote "${name}" has a value that can not be used${hint}`);
  }
  return value;
}
