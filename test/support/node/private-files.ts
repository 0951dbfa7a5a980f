/** Puts files of this machine's own in place of the real machine's, where Kubernetes and containerd insist on a path. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { folders } from './layout.ts';

/**
 * What the kubelet wants of the kernel and would set for the whole real machine. It doesn't where it reads the right
 * value already, so it reads a file of ours. (kubelet: pkg/util/sysctl)
 */
const kernelSettings = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
} as const;

/** Images, packed and unpacked, are some 3 GB; the cluster needs as much again. */
const enoughMemory = 10 * 2 ** 30;

/** Must run in the machine's own mount namespace, once. */
export async function makeFilesPrivate(): Promise<void> {
  const mount = (...args: string[]) => execa('mount', args);
  // Volumes are mounted by the kubelet and have to appear in containers; the peers are this namespace's only.
  await mount('--make-rshared', '/');
  await mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run'); // sockets of runc's shims, pinned network namespaces, locks
  mkdirSync('/run/lock');
  mkdirSync(folders.machine, { recursive: true });
  // In memory, where there is enough, images are in place in half the time and gone in none.
  if (availableMemory() >= enoughMemory) await mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', folders.machine);
  const log = join(folders.logs, 'var-log'); // the kubelet's links in /var/log/containers
  mkdirSync(log, { recursive: true });
  await mount('--bind', log, '/var/log');
  for (const [name, value] of Object.entries(kernelSettings)) {
    const real = join('/proc/sys', name);
    if (readFileSync(real, 'utf8').trim() === value) continue;
    const file = join(folders.machine, name.replaceAll('/', '.'));
    writeFileSync(file, `${value}\n`);
    await mount('--bind', file, real);
  }
}

/** What the kernel thinks could be used without swapping, in bytes. */
function availableMemory(): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Number(kibibytes ?? 0) * 1024;
}
