/** Gives git its credentials from a mounted Secret: by helper and file, never by argument, and to the one server only. */
import { join } from 'node:path';
import { defaultPorts, type Repository } from '../../dataset/repository.ts';
import { hostForm } from '../../dns-names.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { type MountedSecret, readMountedSecret } from '../files/mounted-secret.ts';
import { privateKey, unixLines } from '../process/ssh-key.ts';
import { writeScratchFile } from '../scratch/scratch-file.ts';

/** Environment for git, and the secret values, which nothing may print. */
export interface GitCredentials {
  env: Readonly<Record<string, string>>;
  /** Further lines of git's configuration. */
  config?: string;
  secrets: string[];
  /** Keys of the Secret that are of no use, for the log. */
  unused: string[];
}

/** All that is read of a git Secret, whatever its type. */
const gitSecretKeys = ['username', 'password', 'ssh-privatekey', 'known_hosts', 'host'] as const;
type Given = MountedSecret<(typeof gitSecretKeys)[number]>['values'];
type Login = Omit<GitCredentials, 'unused'>;

const bindingForm = new RegExp(`^(${hostForm})(?::([0-9]{1,5}))?$`);

/**
 * Reads a Secret of type kubernetes.io/basic-auth (`username`, `password`) or ssh-auth (`ssh-privatekey`,
 * `known_hosts`). An absent or empty folder means none: the Secret is optional. One with a key `host` is for that server
 * alone, whatever repository a pod names.
 * @throws {FetchFailure} `configuration` where the Secret can't serve this URL, or is another server's; `notAuthorised`
 *   where there is none and ssh needs one
 */
export async function gitCredentials(
  repository: Repository,
  secretDir: string | null,
  scratch: string,
): Promise<GitCredentials> {
  const { values, present, unused } = await readMountedSecret(secretDir, gitSecretKeys, 'the git Secret');
  if (repository.scheme === 'file') return { env: {}, secrets: [], unused };
  if (present.includes('host')) requireHost(values.host ?? '', repository);
  const login = await (repository.scheme === 'ssh'
    ? sshCredentials(values, scratch)
    : httpCredentials(repository, secretDir, values, scratch));
  return { ...login, unused };
}

/** A server's name, on every port unless the Secret has one too. */
function requireHost(text: string, { canonical, scheme }: Repository): void {
  const [, host, port] = bindingForm.exec(text.trim().toLowerCase()) ?? [];
  if (host === undefined) {
    throw new FetchFailure(
      'configuration',
      'host of the git Secret is no name of a server: write it as git.example.com or git.example.com:8443',
    );
  }
  const asked = new URL(canonical);
  const askedPort = asked.port || defaultPorts[scheme];
  // An IPv6 address can be written in several ways.
  if ((URL.parse(`https://${host}`)?.hostname ?? host) === asked.hostname && (port === undefined || port === askedPort))
    return;
  throw new FetchFailure(
    'configuration',
    `the git Secret is for ${text.trim()} alone, by its key host, and the repository is at ${asked.host}: name that server's Secret by dvc.io/git-secret, or one that doesn't exist where it asks for none`,
  );
}

async function httpCredentials(
  { url }: Repository,
  secretDir: string | null,
  { password }: Given,
  scratch: string,
): Promise<Login> {
  if (secretDir === null || password === undefined) return { env: {}, secrets: [] };
  const askpass = join(scratch, 'askpass');
  await writeScratchFile(askpass, askpassScript, 0o700);
  const { protocol, host } = new URL(url);
  return {
    env: {
      GIT_ASKPASS: askpass,
      DVC_INJECTOR_ASKPASS_DIR: secretDir,
      DVC_INJECTOR_ASKPASS_SCHEME: protocol.replace(/:$/, ''),
      DVC_INJECTOR_ASKPASS_HOST: host,
    },
    secrets: [password.trim()],
  };
}

/**
 * Reads the mounted files when git asks, and answers for the repository's own server only: after a redirect git asks
 * again for another host. GitHub and GitLab take any user name beside a token.
 */
const askpassScript = `#!/bin/sh
case "$1" in
  "Username for '$DVC_INJECTOR_ASKPASS_SCHEME://$DVC_INJECTOR_ASKPASS_HOST'"*)
    if [ -s "$DVC_INJECTOR_ASKPASS_DIR/username" ]; then exec cat "$DVC_INJECTOR_ASKPASS_DIR/username"; fi
    echo git ;;
  "Password for '$DVC_INJECTOR_ASKPASS_SCHEME://"*"@$DVC_INJECTOR_ASKPASS_HOST'"*)
    exec cat "$DVC_INJECTOR_ASKPASS_DIR/password" ;;
  *) exit 1 ;;
esac
`;

async function sshCredentials(given: Given, scratch: string): Promise<Login> {
  const { 'ssh-privatekey': key, known_hosts: knownHosts } = given;
  if (key === undefined) {
    throw new FetchFailure(
      'notAuthorised',
      "an ssh repository needs a key: make a Secret of type kubernetes.io/ssh-auth with ssh-privatekey and known_hosts in the pod's namespace and name it by dvc.io/git-secret",
    );
  }
  const usable = privateKey(key, 'the git Secret');
  if (knownHosts === undefined) {
    throw new FetchFailure(
      'configuration',
      "the git Secret has no known_hosts, so the server's identity can't be checked: add the output of ssh-keyscan under that key",
    );
  }
  const [identity, hosts, config] = ['identity', 'known_hosts', 'ssh_config'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ];
  // ssh refuses a key that others may read, and a mounted Secret's files belong to root with the pod's fsGroup.
  await writeScratchFile(identity, usable, 0o600);
  await writeScratchFile(hosts, unixLines(knownHosts));
  await writeScratchFile(config, sshConfig(identity, hosts));
  return { env: { GIT_SSH_COMMAND: `ssh -F ${shellQuoted(config)}`, GIT_SSH_VARIANT: 'ssh' }, secrets: [usable] };
}

function sshConfig(identity: string, hosts: string): string {
  return [
    'Host *',
    `  IdentityFile "${identity}"`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile "${hosts}"`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    '  BatchMode yes',
    '  ForwardAgent no',
    '  ConnectTimeout 30',
    '  ServerAliveInterval 15',
    '  ServerAliveCountMax 4',
    '',
  ].join('\n');
}

/** git gives GIT_SSH_COMMAND to a shell; the path is ours but lies below a folder that an admin named. */
function shellQuoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
