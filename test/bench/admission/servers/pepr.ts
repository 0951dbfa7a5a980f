/** pepr as a peer that anybody can install: its real controller, with a module that changes a pod about as much as ours does. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached, fingerprint } from '../../../../provision/cache.ts';
import { announced } from '../../../../provision/progress.ts';
import { eventually } from '../../../support/eventually.ts';
import { freePort } from '../../../support/process/free-port.ts';
import { startLogged } from '../../../support/process/logged.ts';
import { ask } from '../../../support/webhook/https.ts';
import { patchOf, type Stage, type StartServer } from '../server.ts';

const locked = join(import.meta.dirname, 'pepr');
const apiPath = 'bench';

export const startPepr: StartServer = async (stage) => {
  const folder = await providePepr();
  await makeStore(stage);
  const port = await freePort('127.0.0.1');
  const { webhook, cluster, pinned } = stage;
  const server = startLogged([process.execPath, join(locked, 'module.mjs'), folder, String(port)], {
    log: join(stage.folder, 'pepr.log'),
    wrapper: pinned,
    env: {
      // As its image and its Deployment say.
      NODE_ENV: 'production',
      PEPR_WATCH_MODE: 'false',
      PEPR_API_PATH: apiPath,
      SSL_CERT_PATH: webhook.tls.certFile,
      SSL_KEY_PATH: webhook.tls.keyFile,
      KUBECONFIG: cluster.controlPlane.kubeconfig,
    },
  });
  // Its paths are bound some seconds after it listens, when it has read its store.
  await eventually('pepr is ready, or has ended', async () => {
    if (server.ended() !== undefined) return true;
    return (await ask(`https://127.0.0.1:${port}/healthz`, webhook.ca)).status === 200;
  });
  const ended = server.ended();
  if (ended !== undefined) throw new Error(`pepr ${ended}:\n${server.lastWords()}`);
  const problem = (reply: { patch?: string; allowed: boolean }) =>
    JSON.stringify(patchOf(reply)).includes('dvc-fetch') ? undefined : 'it adds no init container';
  return { process: server, port, path: `/mutate/${apiPath}`, problem };
};

/** The folder of an installation as the lock file says; made in the cache the first time. */
async function providePepr(): Promise<string> {
  const files = ['package.json', 'package-lock.json'];
  const key = fingerprint({ files: files.map((file) => join(locked, file)), words: [process.version] });
  return cached(`bench-pepr-${key}`, async (directory) => {
    for (const file of files) copyFileSync(join(locked, file), join(directory, file));
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
    await announced('installing pepr', () => execa('npm', args, { cwd: directory }));
  });
}

/** Its controller makes this resource on a cluster before it loads a module, which reads and writes one of it. */
async function makeStore({ cluster }: Stage): Promise<void> {
  const names = { plural: 'peprstores', singular: 'peprstore', kind: 'PeprStore' };
  const data = { type: 'object', additionalProperties: { type: 'string' } };
  const schema = { openAPIV3Schema: { type: 'object', properties: { data } } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'peprstores.pepr.dev' },
    spec: {
      group: 'pepr.dev',
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pepr-system' } };
  const input = [definition, namespace].map((each) => JSON.stringify(each)).join('\n---\n');
  const { kubectl } = cluster.controlPlane;
  await kubectl(['create', '-f', '-'], { input, check: true });
  await kubectl(['wait', '--for=condition=Established', 'crd/peprstores.pepr.dev'], { check: true });
}
