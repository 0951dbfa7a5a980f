/** File systems of the test's own, small ones and read-only ones: mounted where only the processes started in there see them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';

/** A mount namespace; it and all its mounts end with the test's process at the latest. */
export interface Mounts extends AsyncDisposable {
  /** Stands in front of a program to run it in there, such as the `prefix` of a fetch. */
  prefix: readonly string[];
  /** The path at which the test reaches what a process in there has at `path`. */
  inside(path: string): string;
  /** Runs a program in there, such as `mount`. */
  run(program: string, ...args: string[]): Promise<void>;
  /** Mounts an empty file system in memory, such as one of `size=512k,nr_inodes=100`. */
  mountMemory(folder: string, options: string): Promise<void>;
  /** Gives such a file system another size, with what is in it. */
  resize(folder: string, options: string): Promise<void>;
  /** Makes a folder, with all that is below it, read-only. */
  makeReadOnly(folder: string): Promise<void>;
}

const isRoot = process.getuid?.() === 0;

/** Makes the namespace. Without root the kernel must let users make namespaces of users, in which they may mount. */
export async function makeMounts(): Promise<Mounts> {
  const flags = ['--mount', '--propagation', 'private', ...(isRoot ? [] : ['--user', '--map-root-user'])];
  // cat ends when its input does: with the test, however that ends.
  const holder = spawn('unshare', [...flags, 'sh', '-c', 'echo ready; exec cat'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  holder.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')]);
  if (holder.exitCode !== null || holder.pid === undefined) {
    throw new Error(`this test mounts file systems: run it as root, or allow users to make namespaces (${complaint})`);
  }
  const prefix = [
    'nsenter',
    `--target=${holder.pid}`,
    '--mount',
    ...(isRoot ? [] : ['--user', '--preserve-credentials']),
  ];
  const run = async (...command: string[]) => {
    await execa(prefix[0] ?? '', [...prefix.slice(1), ...command]);
  };
  return {
    prefix,
    run,
    inside: (path) => `/proc/${holder.pid}/root${path}`,
    mountMemory: (folder, options) => run('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder),
    resize: (folder, options) => run('mount', '-o', `remount,${options}`, folder),
    async makeReadOnly(folder) {
      await run('mount', '--bind', folder, folder);
      await run('mount', '-o', 'remount,bind,ro', folder);
    },
    async [Symbol.asyncDispose]() {
      const ended = once(holder, 'close');
      holder.stdin.end();
      await ended;
    },
  };
}
