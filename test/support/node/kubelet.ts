/** The kubelet of the only node, which can be stopped and started again as a node's administrator would. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { provideKubernetes } from '../../../provision/kubernetes.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { type Component, startComponent, untilReady } from '../process/component.ts';
import { containerdSocket } from './containerd.ts';
import { bridge, clusterDomain, controlGroup, folders, nodeName } from './layout.ts';

const home = join(folders.machine, 'kubelet');

/** Starts it; resolves when the node is ready for pods. */
export async function startKubelet(controlPlane: ControlPlane): Promise<Component> {
  mkdirSync(home, { recursive: true });
  const identity = { user: `system:node:${nodeName}`, groups: ['system:nodes'] };
  const kubeconfig = join(home, 'kubeconfig');
  writeFileSync(kubeconfig, (await controlPlane.kubeConfigFor(identity)).exportConfig(), { mode: 0o600 });
  const authority = join(home, 'authority.pem');
  writeFileSync(authority, Buffer.from(controlPlane.config.getCurrentCluster()?.caData ?? '', 'base64'));
  const file = join(home, 'config.yaml');
  writeFileSync(file, JSON.stringify(configuration(authority), null, 2));
  const { kubelet } = await provideKubernetes(['kubelet']);
  const component = startComponent({
    name: 'kubelet',
    command: kubelet,
    flags: [
      `--config=${file}`,
      `--kubeconfig=${kubeconfig}`,
      `--root-dir=${join(home, 'root')}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${bridge.address}`,
    ],
    logs: folders.logs,
  });
  await untilReady(component, () => nodeIsReady(controlPlane));
  return component;
}

async function nodeIsReady(controlPlane: ControlPlane): Promise<boolean> {
  const { items } = await controlPlane.config.makeApiClient(CoreV1Api).listNode();
  const node = items.find((each) => each.metadata?.name === nodeName);
  const ready = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  // A new node is also tainted for some moments; pods wait for that by themselves.
  return ready ?? false;
}

function configuration(authority: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: bridge.address,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false }, x509: { clientCAFile: authority } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    clusterDNS: [bridge.address],
    clusterDomain,
    resolvConf: '', // nothing outside of the cluster is to be found
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${controlGroup}`,
    enforceNodeAllocatable: [],
    // Limits are requests in our init container. On two cores that would let one download run at a time, at a crawl:
    // so pods ask for little, and may take more while nobody else wants it.
    cpuCFSQuota: false,
    failSwapOn: false,
    // However full this machine's disk is, no pod is to be driven out and no image deleted.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    podLogsDir: join(folders.logs, 'pods'),
    volumePluginDir: join(home, 'volume-plugins'),
  };
}
