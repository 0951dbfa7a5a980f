/**
 * Lets only opted-in namespaces have a claim. The API server asks about no others, but whoever else reaches the port can
 * write a review for any namespace, and would get a claim there, and with static volumes a PersistentVolume.
 */
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import pLimit from 'p-limit';
import { optInLabel } from '../config/opt-in.ts';
import { dnsLabel } from '../dns-names.ts';
import { withSignal } from '../kubernetes/call-options.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { clipped, oneLine } from '../text.ts';
import type { EnsureClaim, EnsuredClaim } from './ensure-claim.ts';

export interface OptedInOptions {
  kubeConfig: KubeConfig;
  /** True where the informer has the namespace, and so its label. */
  isKnown: (namespace: string) => boolean;
  ensureClaim: EnsureClaim;
}

type Refused = Extract<EnsuredClaim, { usable: false }>;

// With the claim's own 7 s this stays below the 10 s of the API server, so that the answer is our 503 and not its timeout.
const readDeadline = 2_000;
// Only namespaces that were labelled a moment ago are asked for in earnest, one call for each. The rest are invented, and
// must not become as many calls: what can't be asked soon is refused at once.
const concurrency = 4;
const mostWaiting = 64;

/**
 * `ensureClaim` behind the check of the label: by the informer, or, as that can be a moment behind a new label, by the
 * namespace as it is now.
 */
export function ensureOptedIn({ kubeConfig, isKnown, ensureClaim }: OptedInOptions): EnsureClaim {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const limit = pLimit(concurrency);
  const running = new Map<string, Promise<Refused | null>>();

  const check = (namespace: string): Promise<Refused | null> => {
    const shared = running.get(namespace);
    if (shared) return shared;
    if (limit.pendingCount >= mostWaiting)
      return Promise.resolve(unknown(namespace, 'too many namespaces are asked for'));
    const signal = AbortSignal.timeout(readDeadline);
    const checking = limit(() => refusal(api, namespace, signal)).finally(() => running.delete(namespace));
    running.set(namespace, checking);
    return checking;
  };

  return (namespace, options) => {
    if (isKnown(namespace)) return ensureClaim(namespace, options);
    // Anything else could lead to other places of the API, and never names a namespace.
    if (!dnsLabel.test(namespace)) return Promise.resolve(absent(clipped(namespace, 63)));
    return check(namespace).then((refused) => refused ?? ensureClaim(namespace, options));
  };
}

/** Null where the namespace carries the label now. */
async function refusal(api: CoreV1Api, name: string, signal: AbortSignal): Promise<Refused | null> {
  try {
    const { metadata } = await api.readNamespace({ name }, withSignal(signal));
    return metadata?.labels?.[optInLabel.key] === optInLabel.value ? null : notOptedIn(name);
  } catch (error) {
    const failure = apiFailure(error);
    return failure.kind === 'not-found' ? absent(name) : unknown(name, failure.message);
  }
}

function notOptedIn(namespace: string): Refused {
  return {
    usable: false,
    reason: 'namespace-not-opted-in',
    message: oneLine(
      `namespace ${namespace} is not opted in, so no claim is made there; whoever may label it can opt it in: ` +
        `kubectl label namespace ${namespace} ${optInLabel.key}=${optInLabel.value}`,
    ),
  };
}

function absent(namespace: string): Refused {
  return {
    usable: false,
    reason: 'namespace-not-opted-in',
    message: oneLine(`there is no namespace ${JSON.stringify(namespace)}; create the pod in one that exists`),
  };
}

function unknown(namespace: string, cause: string): Refused {
  return {
    usable: false,
    reason: 'api-unavailable',
    message: oneLine(
      `namespace ${namespace} can't be looked up at the API server, so whether it is opted in is not known (${cause}); ` +
        `try again in a moment`,
    ),
  };
}
