/** The real webhook as a process of its own, as a pod runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { makeServingCertificate } from '../../../src/tls/make.ts';
import { eventually } from '../eventually.ts';
import { type Answer, ask } from './https.ts';

export interface WebhookProcess extends AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  url: string;
  port: number;
  /** What its certificate is signed by; empty where it makes its own. */
  ca: string;
  /** Each line of its log so far. */
  log: Record<string, unknown>[];
  /** What it wrote to stderr. */
  stderr(): string;
  /** How many reviews it has answered. */
  reviews(): Promise<number>;
  /** The value of one metric, labels written as in the exposition format. */
  metric(nameAndLabels: string): Promise<number>;
  /** Asks /readyz without checking the certificate: whether it is the right one is for the API server to say. */
  readyz(): Promise<Answer>;
  /** Waits until /readyz answers 200. */
  ready(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

export interface WebhookProcessOptions {
  kubeConfig: KubeConfig;
  /** Added to the configuration file. */
  config?: Record<string, Record<string, unknown>>;
  drain?: string;
  environment?: Record<string, string>;
}

const root = join(import.meta.dirname, '../../..');

/** Starts `dvc-injector webhook` on free ports of loopback and resolves when it listens, which is before it is ready. */
export async function startWebhookProcess(options: WebhookProcessOptions): Promise<WebhookProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-webhook-'));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const { ca, cert, key } = await makeServingCertificate({ names: ['localhost'], ips: ['127.0.0.1'] });
  const tls = { mode: 'provided', certFile: file('tls.pem', cert), keyFile: file('tls-key.pem', key) };
  const { webhook, ...config } = options.config ?? {};
  const configFile = file(
    'config.yaml',
    stringify({ ...config, webhook: { address: '127.0.0.1', port: 0, metricsPort: 0, tls, ...webhook } }),
  );
  const kubeconfig = file('kubeconfig', options.kubeConfig.exportConfig());
  const child = spawn(
    process.execPath,
    ['src/cli.ts', 'webhook', '--config', configFile, '--drain', options.drain ?? '0s'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, KUBECONFIG: kubeconfig, ...options.environment },
    },
  );
  const exit = once(child, 'exit');
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  exit.then(() => {
    process.off('exit', killWithUs);
    rmSync(folder, { recursive: true, force: true });
  });

  const log: Record<string, unknown>[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const listening = new Promise<{ port: number; metricsPort: number }>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const entry = JSON.parse(line);
      log.push(entry);
      if (entry.msg === 'listening') resolve(entry);
    });
    exit.then(() => reject(new Error(`the webhook ended before it listened: ${stderr}`)));
  });
  const { port, metricsPort } = await listening;
  const url = `https://127.0.0.1:${port}`;

  const readyz = () => ask(`${url}/readyz`, ca, { rejectUnauthorized: false });
  const samples = async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exit;
    return child.exitCode;
  };
  return {
    url,
    port,
    ca,
    log,
    stderr: () => stderr,
    async reviews() {
      const lines = (await samples()).filter((line) => line.startsWith('dvc_injector_admission_decisions_total{'));
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
    async metric(nameAndLabels) {
      const line = (await samples()).find((each) => each.startsWith(`${nameAndLabels} `));
      if (line === undefined) throw new Error(`there is no metric ${nameAndLabels}`);
      return Number(line.split(' ').at(-1));
    },
    readyz,
    async ready() {
      await eventually('the webhook is ready', async () => (await readyz()).status === 200);
    },
    stop: () => stop(),
    kill: async () => void (await stop('SIGKILL')),
    [Symbol.asyncDispose]: async () => void (await stop('SIGKILL')),
  };
}
