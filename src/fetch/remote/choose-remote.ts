/** Chooses the DVC remote of a commit and takes from its configuration only the keys that say where the data is. */
import { clipped, hasControl } from '../../text.ts';
import type { DvcConfig } from '../dvc-format/dvc-config.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { serverProblem } from './allowed-servers.ts';
import { type Check, type RemoteTypeName, remoteType, remoteTypes } from './types.ts';

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

/** Longer is no name, and no value of ours, and would fill whole lines of the log. */
const longest = { name: 200, value: 2048 };
const loggedKeys = { count: 20, length: 64 };

/** What the admin allows beyond the cloud's own. */
export interface RemoteRules {
  localFolders: boolean;
  endpoints: readonly string[];
}

/**
 * The output's own remote, else the repository's default one.
 * @throws {FetchFailure} `dataset`, or `usage` for a server or a local folder that is not allowed
 */
export function chooseRemote(config: DvcConfig, ofOutput: string | null, rules: RemoteRules): Remote {
  const name = (ofOutput ?? config.get('core')?.get('remote') ?? '').toLowerCase();
  if (name === '') {
    throw new FetchFailure(
      'dataset',
      'the commit names no default DVC remote: run dvc remote default <name>, commit .dvc/config, and use that commit',
    );
  }
  if (name.length > longest.name) {
    throw new FetchFailure(
      'dataset',
      `the commit's DVC remote has a name of ${name.length} characters, and at most ${longest.name} are read: rename it in .dvc/config and use that commit`,
    );
  }
  const written = config.get(`remote "${name}"`);
  const url = written?.get('url');
  if (!written || url === undefined) {
    throw new FetchFailure(
      'dataset',
      `the commit's .dvc/config has no remote "${name}" with a url: it may be in the untracked .dvc/config.local; add it and commit`,
    );
  }
  const type = typeOf(url, name);
  if (type === 'local' && !rules.localFolders) {
    throw new FetchFailure(
      'usage',
      `the DVC remote "${name}" is a local folder, and only --allow-scheme file allows those`,
    );
  }
  if (written.get('version_aware')?.toLowerCase() === 'true' || written.get('worktree')?.toLowerCase() === 'true') {
    throw new FetchFailure(
      'dataset',
      `the DVC remote "${name}" is cloud-versioned (version_aware or worktree), which can not be fetched`,
    );
  }
  const settings: Record<string, string> = {};
  const ignored: string[] = [];
  const { keys } = remoteType(type);
  for (const [key, value] of written) {
    const check = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (check) settings[key] = checkedValue(name, key, value, check);
    else ignored.push(key);
  }
  const problem = serverProblem(type, settings, rules.endpoints);
  if (problem) throw new FetchFailure('usage', `${problem} (DVC remote "${name}")`);
  return { name, type, settings, endpoints: rules.endpoints, ignored: shortened(ignored) };
}

/** So many keys, and so much of each, as one line of a log can hold. */
function shortened(keys: readonly string[]): string[] {
  const told = keys.slice(0, loggedKeys.count).map((key) => clipped(key, loggedKeys.length));
  return keys.length > told.length ? [...told, `and ${keys.length - told.length} more`] : told;
}

function typeOf(url: string, name: string): RemoteTypeName {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return 'local';
  if (scheme !== 'local' && Object.hasOwn(remoteTypes, scheme)) return scheme as RemoteTypeName;
  const known = Object.keys(remoteTypes).filter((type) => type !== 'local');
  throw new FetchFailure(
    'dataset',
    `the DVC remote "${name}" is of the type ${clipped(scheme, 32)}, which can not be fetched from: ${known.join(', ')} are supported`,
  );
}

/**
 * DVC's configuration has no escapes, so what could end a quoted value or be interpolated is refused, and so is whatever
 * Python takes for the end of a line.
 */
function checkedValue(name: string, key: string, value: string, check: Check): string {
  const breaks = hasControl(value) || /["']|%\(|\$\{/.test(value);
  if (value.length > longest.value || breaks || !check(value)) {
    const hint = key === 'url' ? urlHint(value) : '';
    throw new FetchFailure('dataset', `${key} of the DVC remote "${name}" has a value that can not be used${hint}`);
  }
  return value;
}

function urlHint(url: string): string {
  if (!url.includes('://')) return ': a folder must be written with its absolute path';
  if (!url.includes('@')) return '';
  return ': a password or token does not belong there, but into the Secret that dvc.io/remote-secret names';
}
