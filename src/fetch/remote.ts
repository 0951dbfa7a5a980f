/** Chooses the DVC remote of a commit and takes from its configuration only the keys that say where the data is. */
import { isAbsolute } from 'node:path';
import type { DvcConfig } from './dvc-config.ts';
import { endpointProblem } from './endpoints.ts';
import { FetchFailure } from './failure.ts';

/** A remote as the generated workspace gets it. */
export interface Remote {
  /** What people call it. */
  name: string;
  type: 's3' | 'local';
  /** Exactly the keys of DVC's remote section. */
  settings: Readonly<Record<string, string>>;
  /** Keys of the repository that were left out, for the log. */
  ignored: string[];
}

/** What the admin allows beyond the cloud's own. */
export interface RemoteRules {
  localFolders: boolean;
  endpoints: readonly string[];
}

type Check = (value: string) => boolean;

const flag: Check = (value) => /^(true|false)$/i.test(value);
const seconds: Check = (value) => /^[0-9]{1,4}$/.test(value);

/**
 * The keys that may come from a repository, per type. Left out on purpose: `configpath` and `credentialpath` (files
 * that name commands to run), `profile`, keys and tokens (credentials are the pod's), `ssl_verify` (false would trust
 * anybody), everything that only matters for pushing.
 */
const allowedKeys: Record<Remote['type'], Record<string, Check>> = {
  s3: {
    url: (value) => /^s3:\/\/[A-Za-z0-9][A-Za-z0-9._-]{1,62}(?:\/[^/]+)*\/?$/.test(value),
    region: (value) => /^[a-z0-9-]{1,32}$/.test(value),
    endpointurl: () => true, // judged by endpointProblem
    sse: (value) => /^[A-Za-z0-9:]{1,32}$/.test(value),
    sse_kms_key_id: (value) => /^[A-Za-z0-9:/_-]{1,256}$/.test(value),
    use_ssl: flag,
    listobjects: flag,
    allow_anonymous_login: flag,
    connect_timeout: seconds,
    read_timeout: seconds,
  },
  local: { url: (value) => isAbsolute(value) },
};

/**
 * The output's own remote, else the repository's default one.
 * @throws {FetchFailure} `dataset`, or `usage` for an endpoint or a local folder that is not allowed
 */
export function chooseRemote(config: DvcConfig, ofOutput: string | null, rules: RemoteRules): Remote {
  const name = (ofOutput ?? config.get('core')?.get('remote') ?? '').toLowerCase();
  if (name === '') {
    throw new FetchFailure(
      'dataset',
      'the commit names no default DVC remote: run dvc remote default <name>, commit .dvc/config, and use that commit',
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
  const type = remoteType(url, name);
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
  for (const [key, value] of written) {
    const check = allowedKeys[type][key];
    if (check) settings[key] = checkedValue(name, key, value, check);
    else ignored.push(key);
  }
  const problem = settings.endpointurl === undefined ? null : endpointProblem(settings.endpointurl, rules.endpoints);
  if (problem)
    throw new FetchFailure('usage', `the endpoint ${settings.endpointurl} of the DVC remote "${name}" ${problem}`);
  return { name, type, settings, ignored };
}

function remoteType(url: string, name: string): Remote['type'] {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return 'local';
  if (scheme === 's3') return 's3';
  throw new FetchFailure(
    'dataset',
    `the DVC remote "${name}" is of the type ${scheme}, which this version can not fetch from: s3 is supported`,
  );
}

/** DVC's configuration has no escapes, so what could end a quoted value or be interpolated is refused. */
function checkedValue(name: string, key: string, value: string, check: Check): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters being refused
  if (/[\u0000-\u001f\u007f"']|%\(|\$\{/.test(value) || !check(value)) {
    const hint = key === 'url' && !value.includes('://') ? ': a folder must be written with its absolute path' : '';
    throw new FetchFailure('dataset', `${key} of the DVC remote "${name}" has a value that can not be used${hint}`);
  }
  return value;
}
