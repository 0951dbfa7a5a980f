/** The cluster of the stories: a control plane and one node, all on the machine that this process is on. */
import { mkdirSync } from 'node:fs';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { say } from '../progress.ts';
import { importImages, killContainer, startContainerd } from './containerd.ts';
import { makeControlGroup } from './control-groups.ts';
import { startKubelet } from './kubelet.ts';
import { bridge, folders } from './layout.ts';
import { setUpNetwork } from './network.ts';
import { makeFilesPrivate } from './private-files.ts';
import { startServices } from './services.ts';

/** What can be done to the node, beside what any client of the API server can do. */
export interface Node {
  /** Stops the kubelet as a crash would, and starts it again. */
  restartKubelet(): Promise<void>;
  /** Kills a container's first process. The id is a pod status's `containerID`. */
  killContainer(id: string): Promise<void>;
}

/** Starts everything, with these images in place. Must run on the machine of its own, with which it ends. */
export async function startCluster(archives: readonly string[]): Promise<{ controlPlane: ControlPlane; node: Node }> {
  mkdirSync(folders.logs, { recursive: true });
  await makeFilesPrivate();
  await setUpNetwork();
  makeControlGroup();
  say('starting the control plane');
  const controlPlane = await startControlPlane({
    address: bridge.address,
    // By name it would ask a name server that there is none of.
    apiServerFlags: ['--kubelet-preferred-address-types=InternalIP'],
  });
  say('starting containerd and giving it the images');
  await startContainerd();
  for (const archive of archives) await importImages(archive);
  say('starting the node');
  await startServices(controlPlane);
  let kubelet = await startKubelet(controlPlane);
  return {
    controlPlane,
    node: {
      async restartKubelet() {
        await kubelet.stop();
        kubelet = await startKubelet(controlPlane);
      },
      killContainer: (id) => killContainer(id.replace('containerd://', '')),
    },
  };
}
