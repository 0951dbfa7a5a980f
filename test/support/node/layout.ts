/** Where the machine of the stories lies and which addresses it has: fixed, so that a run finds what a killed one left. */
import { join } from 'node:path';

/** Everything that a run writes, except what it keeps in the cache folder. */
export const runFolder = '/var/lib/dvc-injector-e2e';

export const folders = {
  /** Mounts, sockets and data of containerd, and the kubelet's. Deleted at the end. */
  machine: join(runFolder, 'machine'),
  /** `$TMPDIR` of everything inside. Deleted at the end. */
  temporary: join(runFolder, 'tmp'),
  /** The shared volumes of the namespaces, as folders of the node. Deleted at the end. */
  volumes: join(runFolder, 'volumes'),
  /** Logs of all components and, as /var/log, of all pods. */
  logs: join(runFolder, 'logs'),
} as const;

export const nodeName = 'e2e-node';

/** The control group below which all pods run. */
export const controlGroup = 'dvc-injector-e2e';

/** The bridge to which all pods are connected; its address is the node's, and what they may reach of this machine. */
export const bridge = { name: 'dvc-e2e', address: '10.244.0.1', subnet: '10.244.0.0/24' } as const;

export const clusterDomain = 'cluster.local';
