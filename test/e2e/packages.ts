/** Installs the programs that a node and its images need and that come from no language's registry. */
import { execa } from 'execa';
import { findExecutable, pathFolders } from '../../provision/binaries.ts';
import { announced } from '../../provision/progress.ts';

interface Tool {
  program: string;
  /** Debian's package; its version is that of the Debian release that this machine runs. */
  package: string;
  why: string;
  /** Where it is looked for beside $PATH. */
  folders?: readonly string[];
}

/** To make images, whatever cluster they are for. */
export const imageTools: readonly Tool[] = [
  { program: 'buildah', package: 'buildah', why: 'builds the images from the Dockerfile, without a daemon' },
  { program: 'debootstrap', package: 'debootstrap', why: "makes the images' base where no registry can be asked" },
  { program: 'busybox', package: 'busybox-static', why: 'is all there is in the images of pods that train' },
];

/** To be a node. */
export const nodeTools: readonly Tool[] = [
  { program: 'containerd', package: 'containerd', why: 'runs the containers' },
  { program: 'runc', package: 'runc', why: 'starts each container, for containerd' },
  {
    program: 'bridge',
    package: 'containernetworking-plugins',
    why: 'connects pods to the network, for containerd',
    folders: ['/usr/lib/cni', '/opt/cni/bin'],
  },
  { program: 'iptables', package: 'iptables', why: 'redirects what is sent to a Service, for kube-proxy' },
  { program: 'conntrack', package: 'conntrack', why: 'ends connections of pods that went away, for kube-proxy' },
  { program: 'socat', package: 'socat', why: 'forwards ports, for the kubelet' },
  { program: 'ip', package: 'iproute2', why: 'makes the bridge' },
  { program: 'unshare', package: 'util-linux', why: 'gives the cluster a machine of its own' },
];

/** Installs those that are absent, and says which and why; does nothing where all are there. Throws with apt's words. */
export async function installMissing(tools: readonly Tool[]): Promise<void> {
  const missing = tools.filter(
    (tool) => !findExecutable(tool.program, [...(tool.folders ?? []), ...pathFolders(), '/usr/sbin', '/sbin']),
  );
  if (missing.length === 0) return;
  for (const tool of missing) process.stderr.write(`${tool.package} is missing: it ${tool.why}\n`);
  const names = missing.map((tool) => tool.package);
  if (!findExecutable('apt-get')) {
    throw new Error(`this machine has no apt-get: install what Debian calls ${names.join(', ')}, and try again`);
  }
  await announced(`installing ${names.join(', ')} with apt-get`, async () => {
    // Lists are asked for anew only where the ones at hand don't do.
    if ((await aptInstall(names, false)).failed) {
      await execa('apt-get', ['--quiet', '--quiet', 'update'], { stdin: 'ignore' });
      await aptInstall(names, true);
    }
  });
}

function aptInstall(names: readonly string[], must: boolean) {
  return execa('apt-get', ['install', '--yes', '--no-install-recommends', ...names], {
    stdin: 'ignore',
    reject: must,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}
