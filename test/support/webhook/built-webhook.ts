/** The built command as the image runs it, `dist/cli.js webhook`, for measurements: its log in a file, and it can be started anew. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { announced } from '../../../provision/progress.ts';
import { makeServingCertificate } from '../../../src/tls/make.ts';
import { eventually } from '../eventually.ts';
import { imageEnvironment } from '../images/environment.ts';
import { freePort } from '../process/free-port.ts';
import { type Logged, type LoggedOptions, startLogged } from '../process/logged.ts';
import { ask } from './https.ts';

/** What the webhook is started with, as often as it is. */
export interface PreparedWebhook {
  url: string;
  port: number;
  /** PEM, of its certificate's authority. */
  ca: string;
  /** The files of its certificate, for servers that are compared with it. */
  tls: { certFile: string; keyFile: string };
  log: string;
  /** Starts it and waits until it is ready. Throws with its last words where it ends instead. */
  start(options?: StartOptions): Promise<Logged>;
}

export interface StartOptions extends Omit<LoggedOptions, 'log'> {
  /** Flags of Node, such as `--import`. */
  node?: readonly string[];
}

const root = join(import.meta.dirname, '../../..');

/** Builds `dist` from the sources as they are now. */
export async function buildCommand(): Promise<void> {
  await announced('building dist', () => execa('npm', ['run', '--silent', 'build'], { cwd: root }));
}

/** Writes its certificate, configuration and kubeconfig into the folder, and chooses its ports. */
export async function prepareWebhook(folder: string, kubeConfig: KubeConfig): Promise<PreparedWebhook> {
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const { ca, cert, key } = await makeServingCertificate({ names: ['localhost'], ips: ['127.0.0.1'] });
  const tls = { certFile: file('tls.pem', cert), keyFile: file('tls-key.pem', key) };
  const port = await freePort('127.0.0.1');
  const metricsPort = await freePort('127.0.0.1');
  const webhook = { address: '127.0.0.1', port, metricsPort, tls: { mode: 'provided', ...tls } };
  const config = file('config.yaml', stringify({ webhook }));
  const kubeconfig = file('kubeconfig', kubeConfig.exportConfig());
  const url = `https://127.0.0.1:${port}`;
  const log = join(folder, 'webhook.log');
  return {
    url,
    port,
    ca,
    tls,
    log,
    async start({ node = [], env, ...options } = {}) {
      const command = [process.execPath, ...node, join(root, 'dist/cli.js'), 'webhook', '--config', config];
      const webhookProcess = startLogged([...command, '--drain', '0s'], {
        ...options,
        log,
        env: { ...imageEnvironment('webhook'), KUBECONFIG: kubeconfig, ...env },
      });
      try {
        await eventually('the webhook is ready, or has ended', async () => {
          if (webhookProcess.ended() !== undefined) return true;
          return (await ask(`${url}/readyz`, ca)).status === 200;
        });
        const ended = webhookProcess.ended();
        if (ended !== undefined) throw new Error(`the webhook ${ended}:\n${webhookProcess.lastWords()}`);
      } catch (error) {
        await webhookProcess[Symbol.asyncDispose]();
        throw error;
      }
      return webhookProcess;
    },
  };
}
