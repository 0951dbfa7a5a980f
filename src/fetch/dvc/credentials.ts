/** Gives DVC the credentials of a remote, from its Secret and the pod's cloud identity: by files on scratch or as environment, never by argument. */
import { join } from 'node:path';
import { hasControl } from '../../text.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { privateKey, unixLines } from '../process/ssh-key.ts';
import { type Remote, remoteAlias } from '../remote/choose-remote.ts';
import { cloudVariables } from '../remote/cloud-variables.ts';
import { googleKey } from '../remote/google-key.ts';
import type { ToolHome } from '../scratch/scratch.ts';
import { writeScratchFile } from '../scratch/scratch-file.ts';
import { remoteName } from './failures.ts';
import { addressRules } from './guard-addresses.ts';
import { sshCheck } from './guard-host-key.ts';
import { noRedirects } from './guard-redirects.ts';
import { requestBounds } from './guard-requests.ts';
import { type Guard, pythonStart } from './sitecustomize.ts';

/** What DVC needs beside the remote's settings. */
export interface RemoteCredentials {
  /** Further variables for DVC. */
  env: Record<string, string>;
  /** DVC's `config.local`, which nobody else may read; null where the remote needs none. */
  localConfig: string | null;
  /** What an HTTP client sends to log in. */
  headers: Record<string, string>;
  /** Nothing may print these. */
  secrets: string[];
}

/** The keys of the Secret types kubernetes.io/basic-auth and ssh-auth, and `token` for servers that take a bearer's. */
type Given = Partial<Record<'username' | 'password' | 'token' | 'ssh-privatekey' | 'known_hosts', string>>;

const secretName = 'the Secret that dvc.io/remote-secret names (default dvc-remote-credentials)';

/**
 * `environment` is the Secret's keys and the init container's own variables.
 * @throws {FetchFailure} `notAuthorised` where ssh has no credentials, `configuration` where those given can't serve, `usage`
 *   where they lead to a server that is not allowed
 */
export async function remoteCredentials(
  remote: Remote,
  environment: NodeJS.ProcessEnv,
  home: ToolHome,
): Promise<RemoteCredentials> {
  const { guard = null, env, ...login } = await loginOf(remote, environment, home);
  const addresses = addressRules(remote, environment);
  const PYTHONPATH = await pythonStart(join(home.home, 'python-start'), addresses, guard);
  return { localConfig: null, headers: {}, secrets: [], ...login, env: { ...env, PYTHONPATH } };
}

/** What a type of remote needs of it, and the guard of its requests. */
type Login = Partial<RemoteCredentials> & { guard?: Guard | null };

async function loginOf(remote: Remote, environment: NodeJS.ProcessEnv, home: ToolHome): Promise<Login> {
  const given = readGiven(environment);
  const secrets = [given.password, given.token].filter((secret) => secret !== undefined);
  const { type, settings, endpoints } = remote;
  switch (type) {
    case 's3':
      return { env: cloudVariables(remote, environment), guard: noRedirects };
    case 'ssh':
      return { ...sshLogin(remote, given), secrets };
    case 'http':
    case 'https': {
      const login = httpSettings(remote, given);
      const guard = requestBounds(type, settings, endpoints);
      return { guard, localConfig: localConfig(login), headers: httpHeaders(remote, login), secrets };
    }
    case 'webdav':
    case 'webdavs': {
      const guard = requestBounds(type, settings, endpoints);
      return { guard, localConfig: localConfig(webdavSettings(remote, given)), secrets };
    }
    case 'webhdfs': {
      const guard = requestBounds(type, settings, endpoints);
      return { guard, localConfig: localConfig(webhdfsSettings(given)), secrets };
    }
    case 'gs':
      // Google's own hosts are trusted, a store that calls itself one is not.
      return {
        ...(await googleCredentials(remote, environment, home)),
        guard: settings.endpointurl === undefined ? null : noRedirects,
      };
    case 'azure':
      return { env: cloudVariables(remote, environment) };
    case 'local':
      return {}; // a folder asks nobody in
  }
}

/** An empty key counts as none; and a Secret made with --from-file ends with its file's newline. */
function readGiven(environment: NodeJS.ProcessEnv): Given {
  const keys = ['username', 'password', 'token', 'ssh-privatekey', 'known_hosts'] as const;
  return Object.fromEntries(
    keys.flatMap((key) => (environment[key] ? [[key, environment[key].replace(/[\r\n]+$/, '')]] : [])),
  );
}

function sshLogin(remote: Remote, given: Given): Login {
  const { 'ssh-privatekey': key, password, known_hosts: knownHosts, username } = given;
  if (!key && !password) {
    throw new FetchFailure(
      'notAuthorised',
      `${remoteName(remote)} needs a key and none is given: put ssh-privatekey and known_hosts (or username, password and known_hosts) into ${secretName}`,
    );
  }
  if (!knownHosts) {
    throw new FetchFailure(
      'configuration',
      `${secretName} has no known_hosts, so the identity of the server of ${remoteName(remote)} can't be checked: add the output of ssh-keyscan under that key`,
    );
  }
  const login = key ? { identity: privateKey(key, secretName) } : { password: password ?? '' };
  return {
    guard: sshCheck({ known_hosts: unixLines(knownHosts), ...login }),
    localConfig: localConfig(username ? { user: username } : {}),
  };
}

/** `auth` is never the repository's: with it and no password DVC would not even ask the server. */
function httpSettings({ settings }: Remote, { username, password, token }: Given): Record<string, string> {
  const ownHeader = settings.custom_auth_header;
  const value = token || password;
  if (ownHeader !== undefined) return value ? { auth: 'custom', password: value } : {};
  if (token) return { auth: 'custom', custom_auth_header: 'Authorization', password: `Bearer ${token}` };
  return username && password ? { auth: 'basic', user: username, password } : {};
}

/** The same login as a header, for requests of our own. */
function httpHeaders({ settings }: Remote, credentials: Record<string, string>): Record<string, string> {
  const { auth, user, password = '', custom_auth_header: own = settings.custom_auth_header } = credentials;
  if (auth === 'basic') return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  return auth === 'custom' && own !== undefined ? { [own]: password } : {};
}

function webdavSettings({ settings }: Remote, { username, password, token }: Given): Record<string, string> {
  const value = token || password;
  if (settings.custom_auth_header !== undefined) return value ? { password: value } : {};
  if (token) return { token };
  return username && password ? { user: username, password } : {};
}

function webhdfsSettings({ username, password, token }: Given): Record<string, string> {
  if (token) return { token };
  if (!username) return {};
  return password ? { user: username, password } : { user: username };
}

/** A key file as one variable, under the name that DVC's makers gave it in their other tools. */
async function googleCredentials(
  remote: Remote,
  environment: NodeJS.ProcessEnv,
  { home }: ToolHome,
): Promise<Pick<RemoteCredentials, 'env' | 'secrets'>> {
  const own = cloudVariables(remote, environment);
  const text = environment.GOOGLE_APPLICATION_CREDENTIALS_DATA;
  if (!text) return { env: own, secrets: [] };
  const { private_key: secret } = googleKey(text, secretName, remote.endpoints);
  const file = join(home, 'google.json');
  await writeScratchFile(file, text, 0o600);
  const privatePart = typeof secret === 'string' ? [secret] : [];
  return { env: { ...own, GOOGLE_APPLICATION_CREDENTIALS: file }, secrets: [text, ...privatePart] };
}

function localConfig(settings: Record<string, string>): string | null {
  const lines = Object.entries(settings).map(([key, value]) => `    ${key} = ${quoted(key, value)}`);
  return lines.length === 0 ? null : [`['remote "${remoteAlias}"']`, ...lines, ''].join('\n');
}

/** DVC's configuration has quotes of three kinds and no escapes (configobj), and puts values in for `%(name)s`. */
function quoted(key: string, value: string): string {
  const around = ['"', "'", '"""', "'''"].find(
    (quote) =>
      !value.includes(quote) &&
      !(quote.length > 1 && (value.startsWith(quote[0] ?? '') || value.endsWith(quote[0] ?? ''))),
  );
  if (around === undefined || hasControl(value) || /%\([^)]*\)s/.test(value)) {
    throw new FetchFailure(
      'configuration',
      `the ${key} in ${secretName} has characters that DVC's configuration can't hold: no control characters, no %(…)s, not both kinds of quotes at its ends`,
    );
  }
  return around + value + around;
}
