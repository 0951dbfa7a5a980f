/** The temporary folder of one control plane: its keys, certificates, kubeconfigs, data and logs. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { freePort } from '../process/free-port.ts';
import { issue, makeAuthority, type Pair } from './certificates.ts';
import { type Layout, serviceRange } from './flags.ts';
import { base64, kubeConfigOf, userByCertificate } from './identity.ts';

/** Everything that exists before the first process starts. */
export interface Prepared {
  folder: string;
  logs: string;
  layout: Layout;
  authority: Pair;
  cluster: Cluster;
  /** The administrator's, and the file that says the same. */
  config: KubeConfig;
  kubeconfig: string;
}

/** Makes the folder for a control plane that listens on `address`. */
export async function prepareFolder(address: string): Promise<Prepared> {
  const authority = await makeAuthority('dvc-injector test authority');
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', serviceRange.apiServer];
  const hosts = [...new Set([address, '127.0.0.1', 'localhost', ...service])];
  const serving = await issue(authority, { commonName: 'kube-apiserver', hosts });
  const kubelets = await issue(authority, { commonName: 'kube-apiserver', organizations: ['system:masters'] });
  const tokens = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  const apiServerPort = await freePort(address);
  const etcdUrl = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
  const etcdPeerUrl = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
  const server = `https://${address}:${apiServerPort}`;
  const cluster = { name: 'test', server, caData: base64(authority.cert), skipTLSVerify: false };
  const config = kubeConfigOf(cluster, await userByCertificate(authority, 'admin', ['system:masters']));
  const controllers = kubeConfigOf(cluster, await userByCertificate(authority, 'system:kube-controller-manager'));

  // Last, and nothing is awaited from here on: a process that is killed before etcd has the folder leaves it behind.
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-control-plane-'));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const write = (name: string, text: string | Buffer): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const writePair = (name: string, pair: Pair) => ({
    cert: write(`${name}.crt`, pair.cert),
    key: write(`${name}.key`, pair.key),
  });
  const layout: Layout = {
    address,
    apiServerPort,
    etcdUrl,
    etcdPeerUrl,
    data: join(folder, 'etcd'),
    authority: writePair('authority', authority),
    serving: writePair('kube-apiserver', serving),
    kubeletClient: writePair('kubelet-client', kubelets),
    tokens: {
      privateKey: write('tokens.key', tokens.privateKey.export({ type: 'sec1', format: 'pem' })),
      publicKey: write('tokens.pub', tokens.publicKey.export({ type: 'spki', format: 'pem' })),
    },
    controllerManagerKubeconfig: write('kube-controller-manager.kubeconfig', controllers.exportConfig()),
  };
  return { folder, logs, layout, authority, cluster, config, kubeconfig: write('kubeconfig', config.exportConfig()) };
}
