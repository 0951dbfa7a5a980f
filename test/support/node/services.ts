/** What a node needs beside kubelet and containerd: a scheduler, the way to Services (kube-proxy), and their names (CoreDNS). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provideKubernetes } from '../../../provision/kubernetes.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { startComponent, untilReady } from '../process/component.ts';
import { provideCoreDns } from './coredns.ts';
import { bridge, clusterDomain, folders, nodeName } from './layout.ts';
import { lifelineCommand } from './lifeline-command.ts';

const home = join(folders.machine, 'services');

/** Starts the three; the names resolve when it does, the other two work as soon as they can. */
export async function startServices(controlPlane: ControlPlane): Promise<void> {
  mkdirSync(home, { recursive: true });
  const commands = await provideKubernetes(['kube-scheduler', 'kube-proxy']);
  const kubeconfig = async (user: string) => {
    const file = join(home, user.replaceAll(':', '-'));
    writeFileSync(file, (await controlPlane.kubeConfigFor({ user })).exportConfig(), { mode: 0o600 });
    return `--kubeconfig=${file}`;
  };
  startComponent({
    name: 'kube-scheduler',
    command: commands['kube-scheduler'],
    flags: [await kubeconfig('system:kube-scheduler'), '--leader-elect=false', '--secure-port=0'],
    logs: folders.logs,
  });
  startComponent({
    name: 'kube-proxy',
    command: commands['kube-proxy'],
    flags: [
      await kubeconfig('system:kube-proxy'),
      `--hostname-override=${nodeName}`,
      '--proxy-mode=iptables',
      // Pods are on one bridge: an answer that went straight back would come from an address that nobody asked.
      '--masquerade-all',
      // The kernel's table of connections is the real machine's.
      ...['max-per-core', 'min', 'tcp-timeout-established', 'tcp-timeout-close-wait'].map(
        (what) => `--conntrack-${what}=0`,
      ),
    ],
    logs: folders.logs,
  });
  await startCoreDns(controlPlane);
}

async function startCoreDns(controlPlane: ControlPlane): Promise<void> {
  const file = join(home, 'Corefile');
  const readiness = '127.0.0.1:8181';
  writeFileSync(
    file,
    `.:53 {
  bind ${bridge.address}
  errors
  ready ${readiness}
  kubernetes ${clusterDomain} {
    kubeconfig ${controlPlane.kubeconfig}
  }
}
`,
  );
  const component = startComponent({
    name: 'coredns',
    command: lifelineCommand(await provideCoreDns()),
    flags: ['-conf', file],
    logs: folders.logs,
  });
  await untilReady(
    component,
    async () => (await fetch(`http://${readiness}/ready`).catch(() => undefined))?.ok ?? false,
  );
}
