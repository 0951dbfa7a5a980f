/** Gives git its credentials from a mounted Secret: by helper and file, never by argument, and to the one server only. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../../dataset/repository.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { hasCode } from '../failure/system-error.ts';
import { privateKey, unixLines } from '../process/ssh-key.ts';
import { writeScratchFile } from '../scratch/scratch-file.ts';

/** Environment for git, and the secret values, which nothing may print. */
export interface GitCredentials {
  env: Record<string, string>;
  secrets: string[];
}

/**
 * Reads a Secret of type kubernetes.io/basic-auth (`username`, `password`) or ssh-auth (`ssh-privatekey`,
 * `known_hosts`). An absent or empty folder means none: the Secret is optional.
 * @throws {FetchFailure} `configuration` where the Secret can't serve this URL
 */
export async function gitCredentials(
  repository: Repository,
  secretDir: string | null,
  scratch: string,
): Promise<GitCredentials> {
  if (repository.scheme === 'ssh') return sshCredentials(secretDir, scratch);
  const password = await secretFile(secretDir, 'password');
  if (repository.scheme === 'file' || secretDir === null || password === null) return { env: {}, secrets: [] };
  const askpass = join(scratch, 'askpass');
  await writeScratchFile(askpass, askpassScript, 0o700);
  const { protocol, host } = new URL(repository.url);
  return {
    env: {
      GIT_ASKPASS: askpass,
      DVC_INJECTOR_ASKPASS_DIR: secretDir,
      DVC_INJECTOR_ASKPASS_SCHEME: protocol.replace(/:$/, ''),
      DVC_INJECTOR_ASKPASS_HOST: host,
    },
    secrets: [password.toString().trim()],
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

async function sshCredentials(secretDir: string | null, scratch: string): Promise<GitCredentials> {
  const key = await secretFile(secretDir, 'ssh-privatekey');
  if (secretDir === null || key === null) {
    throw new FetchFailure(
      'notAuthorised',
      "an ssh repository needs a key: make a Secret of type kubernetes.io/ssh-auth with ssh-privatekey and known_hosts in the pod's namespace and name it by dvc.io/git-secret",
    );
  }
  const usable = privateKey(key.toString(), 'the git Secret');
  const knownHosts = await secretFile(secretDir, 'known_hosts');
  if (knownHosts === null) {
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
  await writeScratchFile(hosts, unixLines(knownHosts.toString()));
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

async function secretFile(secretDir: string | null, name: string): Promise<Buffer | null> {
  if (secretDir === null) return null;
  try {
    const content = await readFile(join(secretDir, name));
    return content.length > 0 ? content : null;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw new FetchFailure(
      'configuration',
      `${name} of the git Secret at ${secretDir} can't be read (${(error as Error).message}): its mount must be readable for UID ${process.geteuid?.()} (defaultMode or fsGroup)`,
      { cause: error },
    );
  }
}
