/**
 * The logins of the person who checks, of whose machine only these are taken: git's credential helpers, which are asked
 * for the repository's own server, ssh with its agent and configuration, and the clouds' own files. All of them name what
 * the person trusts already. Nothing that the repository says chooses among them, and the servers that they can be sent
 * to are those of every fetch: the cloud's own and the listed ones.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { runChild } from '../fetch/process/run-process.ts';
import { privateKey } from '../fetch/process/ssh-key.ts';
import type { RemoteTypeName } from '../fetch/remote/types.ts';
import type { OwnLogins } from '../fetch/surroundings.ts';

/** The person's logins, and variables to be added to the environment of the check. */
export interface FoundLogins {
  own: OwnLogins;
  /** Of an ssh remote, as its Secret would hold them. */
  environment: Record<string, string>;
  secrets: string[];
}

/** Looks for them in the home folder that `environment` names. */
export async function findOwnLogins(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<FoundLogins> {
  const home = environment.HOME || homedir();
  const inherited = given(environment, [
    'HOME',
    'XDG_CONFIG_HOME',
    'XDG_CACHE_HOME',
    'XDG_RUNTIME_DIR',
    'DBUS_SESSION_BUS_ADDRESS',
  ]);
  const aws = {
    AWS_CONFIG_FILE: environment.AWS_CONFIG_FILE || join(home, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: environment.AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws', 'credentials'),
    ...given(environment, ['AWS_PROFILE']),
  };
  const ssh = ownSsh(home);
  const user = nameOf(environment);
  return {
    own: {
      git: {
        env: {
          ...inherited,
          HOME: home,
          ...given(environment, ['SSH_AUTH_SOCK']),
          GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
          GIT_SSH_VARIANT: 'ssh',
        },
        config: await credentialConfig(environment, home, signal),
      },
      dvc: { ...aws, HOME: home, USER: user, LOGNAME: user, AZURE_CONFIG_DIR: join(home, '.azure') },
      sourcesFor: (type) => sourcesFor(type, { home, aws: Object.values(aws), ssh: ssh !== null }),
    },
    environment: ssh ?? {},
    secrets: ssh ? [ssh['ssh-privatekey']] : [],
  };
}

/** Python's getpass wants one, and an ssh remote without a user takes it. */
function nameOf({ USER }: NodeJS.ProcessEnv): string {
  if (USER) return USER;
  try {
    return userInfo().username;
  } catch {
    return 'dvc-injector'; // a UID without a passwd entry
  }
}

/**
 * Of the person's git configuration only what gets credentials: the rest may send git elsewhere. As `--list` prints it,
 * which is what is in force after all includes.
 */
async function credentialConfig(environment: NodeJS.ProcessEnv, home: string, signal: AbortSignal): Promise<string> {
  const env = { ...given(environment, ['PATH', 'XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL']), HOME: home };
  const lines: string[] = [];
  for (const scope of ['--system', '--global']) {
    const args = ['config', scope, '--includes', '--null', '--get-regexp', '^credential\\.'];
    const { exitCode, stdout } = await runChild('git', args, { cwd: '/', env, signal });
    if (exitCode !== 0) continue; // there are none, or no such file
    for (const entry of stdout.toString('utf8').split('\0').filter(Boolean)) lines.push(...configLines(entry));
  }
  return lines.join('');
}

/** `credential.https://host.helper` and its value, as lines of a configuration file. */
function configLines(entry: string): string[] {
  const end = entry.indexOf('\n');
  const [key, value] = end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
  const [, section, name] = /^credential\.(?:(.*)\.)?([A-Za-z][A-Za-z0-9-]*)$/s.exec(key) ?? [];
  if (name === undefined) return [];
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  const header = section === undefined ? '[credential]' : `[credential ${quoted(section)}]`;
  return [`${header}\n\t${name} = ${quoted(value)}\n`];
}

/** DVC's own ssh asks no agent, so a key without a passphrase is needed; null where there is none, or no known host. */
function ownSsh(home: string): { 'ssh-privatekey': string; known_hosts: string } | null {
  const hosts = join(home, '.ssh', 'known_hosts');
  if (!existsSync(hosts)) return null;
  for (const name of ['id_ed25519', 'id_ecdsa', 'id_rsa']) {
    const file = join(home, '.ssh', name);
    if (!existsSync(file)) continue;
    try {
      return {
        'ssh-privatekey': privateKey(readFileSync(file, 'utf8'), file),
        known_hosts: readFileSync(hosts, 'utf8'),
      };
    } catch {
      // It has a passphrase, or isn't readable: then the next one, and in the end the sentence of a fetch without a key.
    }
  }
  return null;
}

function sourcesFor(type: RemoteTypeName, found: { home: string; aws: string[]; ssh: boolean }): string[] {
  const existing = (paths: string[]) =>
    paths.filter((path) => existsSync(path)).map((path) => `the user's own ${path}`);
  const { home } = found;
  switch (type) {
    case 's3':
      return existing(found.aws);
    case 'ssh':
      return found.ssh ? [`the user's own ${join(home, '.ssh')}`] : [];
    case 'azure':
      return existing([join(home, '.azure')]);
    case 'gs':
      return existing([join(home, '.config', 'gcloud')]);
    default:
      return [];
  }
}

function given(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}
