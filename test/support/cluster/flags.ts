/** The command lines of etcd, kube-apiserver and kube-controller-manager: everything that differs from their defaults. */

/** Files and addresses of one control plane. */
export interface Layout {
  /** The address of this machine on which everything listens. */
  address: string;
  apiServerPort: number;
  etcdUrl: string;
  etcdPeerUrl: string;
  /** The folder of etcd's data. */
  data: string;
  /** Certificates and keys, PEM files. */
  authority: { cert: string; key: string };
  serving: { cert: string; key: string };
  /** How kube-apiserver shows itself to kubelets. */
  kubeletClient: { cert: string; key: string };
  /** Signs the tokens of ServiceAccounts. */
  tokens: { privateKey: string; publicKey: string };
  /** The kubeconfig of kube-controller-manager. */
  controllerManagerKubeconfig: string;
}

/** Cluster IPs of Services; the first of them is the API server's own. */
export const serviceRange = { cidr: '10.96.0.0/16', apiServer: '10.96.0.1' };
const podRange = '10.244.0.0/16';

/** Without fsync: this data is never needed after a power cut. */
export function etcdFlags(layout: Layout): string[] {
  return [
    '--name=default',
    `--data-dir=${layout.data}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${layout.etcdUrl}`,
    `--advertise-client-urls=${layout.etcdUrl}`,
    `--listen-peer-urls=${layout.etcdPeerUrl}`,
    `--initial-advertise-peer-urls=${layout.etcdPeerUrl}`,
    `--initial-cluster=default=${layout.etcdPeerUrl}`,
  ];
}

/** All admission plugins are upstream's defaults: Pod Security, quotas, limits, webhooks and policies are on. */
export function apiServerFlags(layout: Layout): string[] {
  const issuer = 'https://kubernetes.default.svc.cluster.local';
  return [
    `--etcd-servers=${layout.etcdUrl}`,
    `--bind-address=${layout.address}`,
    `--advertise-address=${layout.address}`,
    `--secure-port=${layout.apiServerPort}`,
    `--service-cluster-ip-range=${serviceRange.cidr}`,
    // Endpoints of the Service "kubernetes" can't be a loopback address: without this the API server complains for ever.
    ...(layout.address.startsWith('127.') ? ['--endpoint-reconciler-type=none'] : []),
    `--client-ca-file=${layout.authority.cert}`,
    `--tls-cert-file=${layout.serving.cert}`,
    `--tls-private-key-file=${layout.serving.key}`,
    `--kubelet-client-certificate=${layout.kubeletClient.cert}`,
    `--kubelet-client-key=${layout.kubeletClient.key}`,
    `--service-account-issuer=${issuer}`,
    `--service-account-key-file=${layout.tokens.publicKey}`,
    `--service-account-signing-key-file=${layout.tokens.privateKey}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
  ];
}

/** All controllers of upstream's defaults; quick ones, since tests wait for them. */
export function controllerManagerFlags(layout: Layout): string[] {
  return [
    `--kubeconfig=${layout.controllerManagerKubeconfig}`,
    '--secure-port=0', // nobody asks it anything, and a port less can't be taken
    '--leader-elect=false',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${layout.tokens.privateKey}`,
    `--root-ca-file=${layout.authority.cert}`,
    `--cluster-signing-cert-file=${layout.authority.cert}`,
    `--cluster-signing-key-file=${layout.authority.key}`,
    '--allocate-node-cidrs',
    `--cluster-cidr=${podRange}`,
    `--service-cluster-ip-range=${serviceRange.cidr}`,
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    '--pvclaimbinder-sync-period=1s', // a claim that waits for its volume looks again this often; upstream: 15 s
  ];
}
