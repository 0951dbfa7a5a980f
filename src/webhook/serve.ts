/** Starts the webhook in the order of what depends on what: callers, storage, certificate, servers; and stops it without losing a review. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { startStorage } from '../storage/start.ts';
import { openCertificates } from '../tls/certificates.ts';
import { makeApp, makeMetricsApp } from './app.ts';
import { callerOptions, openCallers } from './callers.ts';
import { close, listen } from './listen.ts';
import { makeMetrics } from './metrics.ts';
import { makeMutate } from './mutate.ts';
import { makeReadiness } from './readiness.ts';
import { makeMetricsServer, makeReviewServer } from './servers.ts';

export interface WebhookOptions {
  config: Config;
  kubeConfig: KubeConfig;
  log: Logger;
  /** How long connections are still accepted after `stop`, in milliseconds. */
  drain: number;
}

export interface RunningWebhook {
  /** The ports listened on, which differ from the configuration's where that says 0. */
  port: number;
  metricsPort: number;
  /** Lines of what is missing before reviews can be answered; empty when ready. */
  missing(): string[];
  /** Shuts down without losing a review; resolves when everything has ended. */
  stop(): Promise<void>;
}

// The API server waits for a review for 10 s; nobody waits for a request that still runs after this.
const inFlightTimeout = 12_000;

/**
 * Starts the webhook. Resolves when both ports are open, which is before it is ready.
 * @throws {InvalidConfig} if a file of certificates can't be used; Error with `code` if a port can't be opened
 */
export async function startWebhook({ config, kubeConfig, log, drain }: WebhookOptions): Promise<RunningWebhook> {
  const { webhook } = config;
  const metrics = makeMetrics();
  const server = makeReviewServer(callerOptions(webhook.tls));
  const callers = openCallers({ server, tls: webhook.tls, metrics, log });
  const storage = startStorage({ config, kubeConfig, log, onCreate: () => metrics.claimCreated() });
  const metricsServer = makeMetricsServer().on('request', makeMetricsApp(metrics, log));
  try {
    const certificates = await openCertificates({
      webhook,
      kubeConfig,
      log,
      // Open connections keep the certificate that they began with; each new one gets this one.
      onChange: (pair, expires) => {
        callers.serve(pair);
        metrics.certificateExpires(expires);
      },
    });
    const readiness = makeReadiness({
      certificate: () => certificates.missing(),
      ...storage.conditions,
    });
    const mutate = makeMutate({ config, ensureClaim: storage.ensureClaim, metrics, log });
    server.on('request', makeApp({ mutate, readiness, metrics, log, refuse: callers.refuse }));
    try {
      const port = await listen(server, webhook.port, webhook.address);
      const metricsPort = await listen(metricsServer, webhook.metricsPort, webhook.address);
      log.info({ port, metricsPort, tls: webhook.tls.mode }, 'listening');
      const stop = async () => {
        readiness.shutDown();
        log.info({ drainMs: drain }, 'shutting down');
        // Until every node knows that this replica is gone, reviews still come in.
        await sleep(drain);
        await close(server, inFlightTimeout);
        storage.stop();
        certificates.stop();
        callers.stop();
        await close(metricsServer, 1_000);
      };
      return { port, metricsPort, missing: () => readiness.missing(), stop };
    } catch (error) {
      certificates.stop();
      throw error;
    }
  } catch (error) {
    storage.stop();
    callers.stop();
    server.close();
    metricsServer.close();
    throw error;
  }
}
