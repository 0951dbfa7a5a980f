/** `dvc-injector webhook`: its flags, its signals and its exit codes. */
import { parseArgs } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { durationSeconds } from '../config/duration.ts';
import { defaultConfig, InvalidConfig, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { helpOption, parserOptions, webhookFlags } from '../flag-tables.ts';
import { exitCodes } from './exit-codes.ts';
import { makeLogger } from './log.ts';
import { startWebhook } from './serve.ts';

const usage = `usage: dvc-injector webhook [--config FILE] [--drain DURATION]

Serves POST /mutate, /healthz and /readyz over HTTPS, and /metrics over HTTP, until SIGTERM.

  --config FILE      the configuration; without it, its defaults
  --drain DURATION   how long connections are still accepted after SIGTERM (5s)

The API server is found through KUBECONFIG or, in a pod, its service account. POD_NAMESPACE, where it is set, is the
webhook's own namespace.`;

/**
 * Runs until SIGTERM or SIGINT and resolves to the exit code: 0 after a shutdown, 64 for a wrong flag, 78 for a wrong
 * configuration or no access to Kubernetes, 70 for a port that can't be opened. Sentences for people go to stderr.
 */
export async function webhookCommand(args: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  let flags: Flags;
  try {
    flags = readFlags(args);
  } catch (error) {
    console.error(`dvc-injector webhook: ${(error as Error).message}\n\n${usage}`);
    return exitCodes.usage.code;
  }
  if (flags.help) {
    console.log(usage);
    return 0;
  }
  // Handled from the start on: Node's default would end the process with a code that looks like a crash.
  const stopSignal = nextStopSignal();
  try {
    const config = configOf(flags.config, environment);
    const webhook = await startWebhook({ config, kubeConfig: clusterAccess(), log: makeLogger(), drain: flags.drain });
    await stopSignal;
    await webhook.stop();
    // The Kubernetes client can't close a connection on which the API server is silent, and that would keep the process alive
    // past the pod's grace period.
    setTimeout(() => process.exit(exitCodes.done.code), exitDelay).unref();
    return exitCodes.done.code;
  } catch (error) {
    console.error(`dvc-injector webhook: ${(error as Error).message}`);
    return error instanceof InvalidConfig ? exitCodes.configuration.code : exitCodes.internal.code;
  }
}

/** Milliseconds after a complete shutdown, in which connections may still close by themselves. */
const exitDelay = 1_000;

interface Flags {
  config: string | undefined;
  drain: number;
  help: boolean;
}

function readFlags(args: string[]): Flags {
  const {
    config,
    drain = '5s',
    help = false,
  } = parseArgs({
    args,
    options: { ...parserOptions(webhookFlags), ...helpOption },
  }).values;
  const seconds = durationSeconds(drain);
  if (seconds === null) throw new Error(`--drain ${drain} is no duration; write it like 5s`);
  return { config, drain: seconds * 1000, help };
}

/** POD_NAMESPACE comes from the pod's own metadata, so it wins over the file. */
function configOf(file: string | undefined, environment: NodeJS.ProcessEnv): Config {
  const config = file === undefined ? defaultConfig() : loadConfig(file);
  const namespace = environment.POD_NAMESPACE;
  return namespace ? { ...config, webhook: { ...config.webhook, namespace } } : config;
}

/** @throws {InvalidConfig} where no cluster is configured: the client would then fall back to http://localhost:8080 */
function clusterAccess(): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromDefault();
  } catch (error) {
    throw new InvalidConfig(`the kubeconfig can't be read: ${(error as Error).message}`, { cause: error });
  }
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined || server === 'http://localhost:8080') {
    throw new InvalidConfig(
      'no Kubernetes cluster is known here: set KUBECONFIG, or run in a pod with a service account',
    );
  }
  return kubeConfig;
}

function nextStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
}
