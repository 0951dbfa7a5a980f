/** A real SSH server for git and SFTP: OpenSSH's where the machine has one, else asyncssh's, which DVC's packages hold. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findExecutable, pathFolders } from '../../../provision/binaries.ts';
import { provideDvc } from '../../../provision/dvc.ts';
import { startComponent, untilReady } from '../process/component.ts';
import { freePort } from '../process/free-port.ts';

/** A running server that one key, or one password, opens. */
export interface SshServer extends AsyncDisposable {
  readonly kind: 'OpenSSH' | 'asyncssh';
  /** `user@127.0.0.1:port`, as it stands in an ssh:// URL. */
  readonly address: string;
  readonly user: string;
  readonly port: number;
  /** Its line for known_hosts. */
  readonly knownHosts: string;
  /** The private key that it accepts; with a password none is. */
  readonly key: string;
}

/** A new key pair: the private key's text, and the line for authorized_keys. */
export async function makeKey(type = 'ed25519', passphrase = ''): Promise<{ key: string; line: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-key-'));
  try {
    const file = join(folder, 'key');
    await execa(needed('ssh-keygen'), ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
    return { key: readFileSync(file, 'utf8'), line: readFileSync(`${file}.pub`, 'utf8').trim() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Starts it on a free port of 127.0.0.1. With a `password` it is asyncssh's: OpenSSH knows only the system's own. */
export async function startSshServer({ password }: { password?: string } = {}): Promise<SshServer> {
  needed('ssh'); // git's own client, without which nothing here can pass
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-ssh-'));
  const [host, client] = [await makeKey(), await makeKey()];
  writeFileSync(join(folder, 'host_key'), host.key, { mode: 0o600 });
  writeFileSync(join(folder, 'authorized_keys'), `${client.line}\n`);
  const sshd = password === undefined ? openSsh() : undefined;
  const { port, stop } = sshd ? await startOpenSsh(sshd, folder) : await startAsyncSsh(folder, password ?? null);
  const user = userInfo().username;
  return {
    kind: sshd ? 'OpenSSH' : 'asyncssh',
    address: `${user}@127.0.0.1:${port}`,
    user,
    port,
    knownHosts: `[127.0.0.1]:${port} ${host.line}\n`,
    key: client.key,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Started {
  port: number;
  stop(): Promise<void>;
}

function openSsh(): string | undefined {
  if (process.env.DVC_INJECTOR_TEST_SSH_SERVER === 'asyncssh') return undefined;
  return findExecutable('sshd', [...pathFolders(), '/usr/sbin', '/usr/local/sbin']);
}

async function startOpenSsh(sshd: string, folder: string): Promise<Started> {
  // Where sshd gives up its rights when root runs it; a package's start script makes it, and none has run here.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort('127.0.0.1');
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host_key')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'AcceptEnv GIT_PROTOCOL',
    `SetEnv PATH=${process.env.PATH}`,
    'Subsystem sftp internal-sftp',
  ];
  writeFileSync(join(folder, 'sshd_config'), `${lines.join('\n')}\n`);
  return start([sshd, '-D', '-e', '-f', join(folder, 'sshd_config')], folder, async () =>
    (await answers(port)) ? port : undefined,
  );
}

async function startAsyncSsh(folder: string, password: string | null): Promise<Started> {
  const python = join((await provideDvc()).bin, 'python');
  const script = join(import.meta.dirname, 'ssh-server.py');
  return start([python, script, folder, JSON.stringify(password)], folder, async () => {
    const file = join(folder, 'port');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  });
}

async function start(program: string[], folder: string, look: () => Promise<number | undefined>): Promise<Started> {
  const lifeline = join(import.meta.dirname, '..', '..', '..', 'provision', 'lifeline.ts');
  const component = startComponent({
    name: 'ssh-server',
    command: [process.execPath, lifeline],
    flags: program,
    logs: folder,
    deletes: folder,
  });
  let port: number | undefined;
  await untilReady(component, async () => {
    port = await look();
    return port !== undefined;
  });
  return { port: port ?? 0, stop: () => component.stop() };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(!socket.destroy().connecting)); // its greeting
    socket.once('error', () => resolve(false));
  });
}

function needed(program: string): string {
  const found = findExecutable(program);
  if (found) return found;
  throw new Error(
    `there is no ${program} on the PATH: install OpenSSH's client (on Debian: apt-get install openssh-client)`,
  );
}
