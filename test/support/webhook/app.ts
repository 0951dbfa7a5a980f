/** The webhook's real application on a port of this process, with a claim that is known to be Bound in every namespace. */
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { defaultConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import { claimManifest } from '../../../src/storage/claim.ts';
import { type EnsureClaim, makeEnsureClaim } from '../../../src/storage/ensure-claim.ts';
import { makeServingCertificate } from '../../../src/tls/make.ts';
import { makeApp } from '../../../src/webhook/app.ts';
import { close, listen } from '../../../src/webhook/listen.ts';
import { makeLogger } from '../../../src/webhook/log.ts';
import { type Metrics, makeMetrics } from '../../../src/webhook/metrics.ts';
import { makeMutate } from '../../../src/webhook/mutate.ts';
import { makeReadiness, type Readiness } from '../../../src/webhook/readiness.ts';
import { makeReviewServer, timeouts } from '../../../src/webhook/servers.ts';

export interface RunningApp extends AsyncDisposable {
  url: string;
  port: number;
  /** The authority of its certificate; null over plain HTTP. */
  ca: string | null;
  metrics: Metrics;
  readiness: Readiness;
  /** The log so far. */
  log(): string;
}

interface AppOptions {
  config?: Config;
  ensureClaim?: EnsureClaim;
  /** Whether it is behind TLS and bounds its connections, as the real one is. */
  tls?: boolean;
}

export async function startApp(given: AppOptions = {}): Promise<RunningApp> {
  const config = given.config ?? defaultConfig();
  let log = '';
  const logger = makeLogger(
    new PassThrough().on('data', (chunk) => {
      log += chunk;
    }),
  );
  const metrics = makeMetrics();
  const readiness = makeReadiness({ nothing: () => null });
  const ensureClaim = given.ensureClaim ?? boundEverywhere(config);
  const mutate = makeMutate({ config, ensureClaim, metrics, log: logger });
  const { server, ca } = given.tls ? await secureServer() : { server: createServer(timeouts), ca: null };
  server.on('request', makeApp({ mutate, readiness, metrics, log: logger }));
  const port = await listen(server, 0, '127.0.0.1');
  return {
    url: `${ca === null ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    ca,
    metrics,
    readiness,
    log: () => log,
    [Symbol.asyncDispose]: () => close(server, 0),
  };
}

async function secureServer() {
  const { ca, ...pair } = await makeServingCertificate({ names: ['localhost'], ips: ['127.0.0.1'] });
  const server = makeReviewServer();
  server.setSecureContext(pair);
  return { server, ca };
}

/** The real function on a cache that always has the claim, so that no API server is needed. */
function boundEverywhere(config: Config): EnsureClaim {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'none', server: 'https://127.0.0.1:9', skipTLSVerify: true },
    { name: 'nobody' },
  );
  const { storage } = config;
  return makeEnsureClaim({
    kubeConfig,
    storage,
    cached: (namespace) => ({ ...claimManifest(namespace, storage), status: { phase: 'Bound' } }),
  });
}
