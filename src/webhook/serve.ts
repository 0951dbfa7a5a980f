/** Puts the webhook together, top to bottom: claim cache, reconciler, certificate, servers; and takes it down again. */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { followClaims } from '../storage/claim-informer.ts';
import { makeEnsureClaim } from '../storage/ensure-claim.ts';
import { type Reconciler, startReconciler } from '../storage/reconciler.ts';
import { followVolumes } from '../storage/volume-informer.ts';
import { openCertificates } from '../tls/certificates.ts';
import { makeApp, makeMetricsApp } from './app.ts';
import { close, listen, serverTimeouts } from './listen.ts';
import { makeMetrics } from './metrics.ts';
import { makeMutate } from './mutate.ts';
import { makeReadiness } from './readiness.ts';

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

// A review takes at most the API server's 10 s; what is still there then is nobody's.
const inFlightPatience = 12_000;

/**
 * Starts the webhook. Resolves when both ports are open, which is before it is ready.
 * @throws {InvalidConfig} if a certificate file can't be used; Error with `code` if a port can't be opened
 */
export async function startWebhook({ config, kubeConfig, log, drain }: WebhookOptions): Promise<RunningWebhook> {
  const metrics = makeMetrics();
  const { storage, webhook } = config;

  let reconciler: Reconciler | undefined;
  const claims = followClaims({
    kubeConfig,
    storage,
    log,
    deleted: (namespace) => reconciler?.vanished(namespace),
  });
  const volumes = storage.static
    ? followVolumes({ kubeConfig, log, deleted: (namespace) => reconciler?.vanished(namespace) })
    : undefined;
  const ensureClaim = makeEnsureClaim({
    kubeConfig,
    storage,
    cached: (namespace) => claims.get(storage.claimName, namespace),
    cachedVolume: (name) => volumes?.get(name),
    ownNamespace: webhook.namespace,
  });
  reconciler = startReconciler({
    kubeConfig,
    ensureClaim,
    ownNamespace: webhook.namespace,
    log,
    created: () => metrics.claimCreated(),
  });
  const stopFollowing = () => {
    reconciler?.stop();
    claims.stop();
    volumes?.stop();
  };

  const server = createServer(serverTimeouts);
  const metricsServer = createHttpServer(serverTimeouts, makeMetricsApp(metrics, log));
  try {
    const certificates = await openCertificates({
      webhook,
      kubeConfig,
      log,
      // Connections that are open keep the certificate they began with; each new one gets this one.
      changed: (pair, expires) => {
        server.setSecureContext(pair);
        metrics.certificateExpires(expires);
      },
    });
    const readiness = makeReadiness({
      certificate: () => certificates.missing(),
      claims: () => (claims.synced() ? null : 'the first list of persistentvolumeclaims is not there yet'),
    });
    server.on(
      'request',
      makeApp({ mutate: makeMutate({ config, ensureClaim, metrics, log }), readiness, metrics, log }),
    );
    try {
      const port = await listen(server, webhook.port, webhook.address);
      const metricsPort = await listen(metricsServer, webhook.metricsPort, webhook.address);
      log.info({ port, metricsPort, tls: webhook.tls.mode }, 'listening');
      const stop = async () => {
        readiness.leave();
        log.info({ drainMs: drain }, 'shutting down');
        // Until every node knows that this replica is gone, reviews still come in.
        await sleep(drain);
        await close(server, inFlightPatience);
        stopFollowing();
        certificates.stop();
        await close(metricsServer, 1_000);
      };
      return { port, metricsPort, missing: () => readiness.missing(), stop };
    } catch (error) {
      certificates.stop();
      throw error;
    }
  } catch (error) {
    stopFollowing();
    server.close();
    metricsServer.close();
    throw error;
  }
}
