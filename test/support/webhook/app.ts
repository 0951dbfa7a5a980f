/** The webhook's real application on a port of this process, with a claim that is known to be Bound in every namespace. */
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { defaultConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import { claimManifest } from '../../../src/storage/claim.ts';
import { type EnsureClaim, makeEnsureClaim } from '../../../src/storage/ensure-claim.ts';
import { makeApp } from '../../../src/webhook/app.ts';
import { close, listen, serverTimeouts } from '../../../src/webhook/listen.ts';
import { makeLogger } from '../../../src/webhook/log.ts';
import { type Metrics, makeMetrics } from '../../../src/webhook/metrics.ts';
import { makeMutate } from '../../../src/webhook/mutate.ts';
import { makeReadiness, type Readiness } from '../../../src/webhook/readiness.ts';

export interface RunningApp extends AsyncDisposable {
  url: string;
  metrics: Metrics;
  readiness: Readiness;
  /** The log so far. */
  log(): string;
}

export async function startApp(given: { config?: Config; ensureClaim?: EnsureClaim } = {}): Promise<RunningApp> {
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
  const server = createServer(serverTimeouts, makeApp({ mutate, readiness, metrics, log: logger }));
  const port = await listen(server, 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}`,
    metrics,
    readiness,
    log: () => log,
    [Symbol.asyncDispose]: () => close(server, 0),
  };
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
