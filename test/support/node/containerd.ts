/** containerd with everything in the machine's folder, and the network plugins that connect pods to the bridge. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { findExecutable } from '../../../provision/binaries.ts';
import { pauseImage } from '../images/small.ts';
import { startComponent, untilReady } from '../process/component.ts';
import { bridge, folders } from './layout.ts';
import { lifelineCommand } from './lifeline-command.ts';

const home = join(folders.machine, 'containerd');
export const containerdSocket = join(home, 'containerd.sock');
/** Debian's place for the network plugins, and everybody else's. */
const pluginFolders = ['/usr/lib/cni', '/opt/cni/bin'];

/** Starts it; resolves when it answers. */
export async function startContainerd(): Promise<void> {
  const networks = join(home, 'networks');
  mkdirSync(networks, { recursive: true });
  writeFileSync(join(networks, '10-bridge.conflist'), JSON.stringify(network(), null, 2));
  const file = join(home, 'config.toml');
  writeFileSync(file, configuration(networks));
  const component = startComponent({
    name: 'containerd',
    command: lifelineCommand('containerd'),
    flags: ['--config', file],
    logs: folders.logs,
  });
  await untilReady(component, async () => !(await ctr('version')).failed);
}

/** Puts an archive's images among those that pods can use. */
export async function importImages(file: string): Promise<void> {
  const { failed, stderr } = await ctr('images', 'import', file);
  if (failed) throw new Error(`containerd didn't take ${file}: ${stderr}`);
}

/** Kills the first process of a container, as the kernel does when memory runs out. */
export async function killContainer(id: string): Promise<void> {
  const { failed, stderr } = await ctr('tasks', 'kill', '--signal', 'SIGKILL', id);
  if (failed) throw new Error(`container ${id} couldn't be killed: ${stderr}`);
}

function ctr(...args: string[]) {
  return execa('ctr', ['--address', containerdSocket, '--namespace', 'k8s.io', ...args], {
    reject: false,
    stdin: 'ignore',
  });
}

function network(): object {
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: bridge.name,
        isGateway: true,
        hairpinMode: true, // a pod may reach itself through its Service
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: bridge.subnet, gateway: bridge.address }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: join(home, 'addresses'),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function configuration(networks: string): string {
  const plugins = pluginFolders.find((folder) => findExecutable('bridge', [folder]));
  if (!plugins) throw new Error(`no network plugins in ${pluginFolders.join(' or ')}`);
  const text = JSON.stringify; // a JSON string is a TOML string
  return `version = 2
root = ${text(join(home, 'root'))}
state = ${text(join(home, 'state'))}

[grpc]
address = ${text(containerdSocket)}

[plugins."io.containerd.internal.v1.opt"]
path = ${text(join(home, 'opt'))}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${text(pauseImage)}
# Without CAP_SYS_RESOURCE, as on some virtual machines, no process may be made harder to kill than its parent.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${text(plugins)}
conf_dir = ${text(networks)}

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
`;
}
