/**
 * TLS without cert-manager: one authority in a Secret, a leaf of its own in each replica's memory, and the authority in
 * the webhook's registration. There is no leader: every step may be done by any replica, and the API server's optimistic
 * locking decides who was first.
 */
import { X509Certificate } from 'node:crypto';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { backOff } from '../kubernetes/back-off.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import { authoritySecretName, readAuthority, type StoredAuthority, storeNewAuthority } from './authority-secret.ts';
import { followRegistration, followSecret } from './informers.ts';
import { clockPoll } from './lifetimes.ts';
import { type Pair, signLeaf } from './make.ts';
import { authorityMustChange, leafMustChange } from './renewal.ts';
import type { Certificates, ServedCertificate } from './source.ts';
import { mendBundle, trusts } from './webhook-bundle.ts';

export interface SelfSignedOptions {
  webhook: Config['webhook'];
  kubeConfig: KubeConfig;
  log: Logger;
  changed: (pair: Pair) => ServedCertificate;
}

const firstRetry = 500;
const slowestRetry = 30_000;

/** The names by which the API server calls a Service. */
export function serviceNames(service: string, namespace: string): string[] {
  return [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
}

/** Begins at once; `missing` tells how far it is. */
export function keepSelfSigned(options: SelfSignedOptions): Certificates {
  const { webhook, kubeConfig, log } = options;
  const secretAt = { namespace: webhook.namespace, name: authoritySecretName(webhook.service) };
  const names = serviceNames(webhook.service, webhook.namespace);
  let leaf: { pair: Pair; authority: X509Certificate } | null = null;
  /** Since when this replica has seen which authority in the registration. */
  let trusted: { fingerprint: string; since: Date } | null = null;
  let problem: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let running = false;
  let again = false;
  let stopped = false;

  /** One look at everything; each step stands on the one before. */
  const step = async (): Promise<void> => {
    if (!secrets.synced() || !registrations.synced()) return;
    const authority = await currentAuthority();
    // Another replica was quicker, and the watch will bring its authority in a moment.
    if (authority === null) return;
    await mend(authority);
    await renewLeaf(authority);
  };

  const currentAuthority = async (): Promise<StoredAuthority | null> => {
    const present = secrets.get(secretAt.name, secretAt.namespace);
    const stored = present ? readAuthority(present) : null;
    const why = authorityMustChange(stored?.pair ?? null, new Date());
    if (why === null) return stored;
    const made = await storeNewAuthority(kubeConfig, secretAt, present, new Date());
    if (made === null) return null;
    log.info({ secret: secretAt.name, why }, 'made a new certificate authority');
    return readAuthority(made);
  };

  const mend = async (authority: StoredAuthority): Promise<void> => {
    const registration = registrations.get(webhook.configuration);
    if (!registration) {
      trusted = null;
      return;
    }
    const why = await mendBundle(kubeConfig, registration, authority.trusted, new Date());
    if (why !== null) log.info({ configuration: webhook.configuration, why }, 'wrote the caBundle');
    const certificate = new X509Certificate(authority.pair.cert);
    if (!trusts(registration, certificate)) trusted = null;
    else if (trusted?.fingerprint !== certificate.fingerprint256) {
      trusted = { fingerprint: certificate.fingerprint256, since: new Date() };
    }
  };

  const renewLeaf = async (authority: StoredAuthority): Promise<void> => {
    const registration = registrations.get(webhook.configuration);
    const why = leafMustChange({
      leaf: leaf?.pair ?? null,
      authority: authority.pair,
      names,
      trustedSince: trusted?.since ?? null,
      leafTrusted: leaf !== null && registration !== undefined && trusts(registration, leaf.authority),
      now: new Date(),
    });
    if (why === null) return;
    const pair = await signLeaf(authority.pair, { names });
    if (stopped) return;
    leaf = { pair, authority: new X509Certificate(authority.pair.cert) };
    const { expires } = options.changed(pair);
    log.info({ why, expires }, 'signed a serving certificate');
  };

  /** Runs the steps one at a time: whatever changes meanwhile is looked at right after. */
  const look = async (): Promise<void> => {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = true;
    clearTimeout(timer);
    let wait = clockPoll;
    try {
      do {
        again = false;
        await step();
      } while (again && !stopped);
      problem = null;
      failures = 0;
    } catch (error) {
      failures += 1;
      wait = backOff(failures, firstRetry, slowestRetry);
      problem = apiFailure(error).message;
      log.warn(
        { cause: problem, retryMs: Math.round(wait), needs: neededRights(secretAt, webhook.configuration) },
        'TLS is not complete',
      );
    } finally {
      running = false;
    }
    if (!stopped) timer = setTimeout(() => void look(), wait);
  };

  // What the watches bring is readable a turn later.
  const lookSoon = () => setImmediate(() => void look());
  const secrets = followSecret(options, secretAt, lookSoon);
  const registrations = followRegistration(options, webhook.configuration, lookSoon);

  return {
    missing() {
      if (leaf === null)
        return problem ?? `the authority in Secret ${secretAt.namespace}/${secretAt.name} is not there yet`;
      const registration = registrations.get(webhook.configuration);
      if (!registration) return `there is no MutatingWebhookConfiguration ${webhook.configuration}`;
      if (trusts(registration, leaf.authority)) return null;
      return problem ?? `the caBundle of MutatingWebhookConfiguration ${webhook.configuration} is not in place yet`;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      secrets.stop();
      registrations.stop();
    },
  };
}

/** For the admin whose RBAC lacks something: the API server names the verb that it refused, this names all. */
function neededRights(secret: { namespace: string; name: string }, configuration: string): string {
  return (
    `create on secrets and list, watch, update on secret ${secret.namespace}/${secret.name}; ` +
    `list, watch, patch on mutatingwebhookconfiguration ${configuration}`
  );
}
