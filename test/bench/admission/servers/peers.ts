/** Peers in Go that are no packages: built from checkouts that somebody has, where `--peers` says that they are. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { execa } from 'execa';
import { findGo } from '../../../../provision/go.ts';
import { announced } from '../../../../provision/progress.ts';
import { freePort } from '../../../support/process/free-port.ts';
import { startLogged } from '../../../support/process/logged.ts';
import { patchOf, type Reply, type RunningServer, type Stage, type StartServer } from '../server.ts';
import { untilListening } from './listening.ts';

/** aws/amazon-eks-pod-identity-webhook, which looks up the pod's ServiceAccount in a cache. */
export const startEks: StartServer = async (stage) => {
  const program = await build(stage, 'amazon-eks-pod-identity-webhook');
  const { namespace, controlPlane } = stage.cluster;
  await controlPlane.config.makeApiClient(CoreV1Api).patchNamespacedServiceAccount({
    name: 'default',
    namespace,
    body: [
      {
        op: 'add',
        path: '/metadata/annotations',
        value: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/train' },
      },
    ],
  });
  const port = await freePort('127.0.0.1');
  const metricsPort = await freePort('127.0.0.1');
  const { certFile, keyFile } = stage.webhook.tls;
  const flags = ['--in-cluster=false', `--kubeconfig=${controlPlane.kubeconfig}`, `--port=${port}`];
  const tls = [`--tls-cert=${certFile}`, `--tls-key=${keyFile}`, `--metrics-port=${metricsPort}`];
  return start(stage, { name: 'eks', port, command: [program, ...flags, ...tls], adds: 'AWS_ROLE_ARN' });
};

/** hashicorp/vault-k8s, which only runs in a pod: it is shown the files of one, in a mount namespace of its own (root). */
export const startVault: StartServer = async (stage) => {
  const program = await build(stage, 'vault-k8s');
  const { config, kubeConfigFor } = stage.cluster.controlPlane;
  const cluster = config.getCurrentCluster();
  const { token } = (await kubeConfigFor({ serviceAccount: 'default', namespace: 'default' })).getCurrentUser() ?? {};
  const files = join(stage.folder, 'vault-account');
  mkdirSync(files);
  writeFileSync(join(files, 'token'), token ?? '');
  writeFileSync(join(files, 'ca.crt'), Buffer.from(cluster?.caData ?? '', 'base64'));
  const account = '/var/run/secrets/kubernetes.io/serviceaccount';
  const script = `mount -t tmpfs none /run && mkdir -p ${account} && cp "$0"/* ${account} && exec "$@"`;
  const port = await freePort('127.0.0.1');
  const { certFile, keyFile } = stage.webhook.tls;
  const flags = [`-listen=127.0.0.1:${port}`, `-tls-cert-file=${certFile}`, `-tls-key-file=${keyFile}`];
  const command = [program, 'agent-inject', ...flags, '-vault-address=https://vault.example.com:8200'];
  const { hostname, port: apiPort } = new URL(cluster?.server ?? '');
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: apiPort };
  const wrapped = ['unshare', '--mount', 'sh', '-c', script, files, ...command];
  return start(stage, { name: 'vault', port, command: wrapped, env, adds: 'vault-agent' });
};

/** Go's own cache makes the second time quick. */
async function build(stage: Stage, name: string): Promise<string> {
  const source = resolve(stage.peers ?? '', name);
  const program = join(stage.folder, name);
  const go = await findGo();
  await announced(`building ${name}`, () =>
    execa(go, ['build', '-buildvcs=false', '-o', program, '.'], { cwd: source, env: { CGO_ENABLED: '0' } }),
  );
  return program;
}

interface Peer {
  name: string;
  port: number;
  command: readonly string[];
  env?: Record<string, string>;
  /** What its patch names. */
  adds: string;
}

async function start(stage: Stage, { name, port, command, env = {}, adds }: Peer): Promise<RunningServer> {
  const log = join(stage.folder, `${name}.log`);
  const server = startLogged(command, { log, wrapper: stage.pinned, env });
  await untilListening(name, server, port);
  const problem = (reply: Reply) =>
    JSON.stringify(patchOf(reply)).includes(adds) ? undefined : `its patch adds no ${adds}`;
  return { process: server, port, path: '/mutate', problem };
}
