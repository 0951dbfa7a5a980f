/**
 * TLS without cert-manager: one authority in a Secret, a leaf of its own in each replica's memory, and the authority in
 * the webhook's registration. No leader is elected: any replica may do any step, and the API server's optimistic locking
 * decides which one was first.
 */
import { X509Certificate } from 'node:crypto';
import type { KubeConfig, V1MutatingWebhookConfiguration, V1Secret } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { apiFailure } from '../kubernetes/failure.ts';
import type { Informer } from '../kubernetes/informer.ts';
import { makeReconcileLoop, type ReconcileLoop } from '../kubernetes/reconcile-loop.ts';
import { authoritySecretName, readAuthority, type StoredAuthority, storeNewAuthority } from './authority-secret.ts';
import { startRegistrationInformer, startSecretInformer } from './informers.ts';
import { clockPoll } from './lifetimes.ts';
import { type Pair, signLeaf } from './make.ts';
import { authorityMustChange, leafMustChange } from './renewal.ts';
import type { CertificateSource, ServedCertificate } from './source.ts';
import { repairBundle, trusts } from './webhook-bundle.ts';

export interface SelfSignedOptions {
  webhook: Config['webhook'];
  kubeConfig: KubeConfig;
  log: Logger;
  /** Called with each certificate that is to be served from now on. */
  onChange: (pair: Pair) => ServedCertificate;
}

/** The names by which the API server calls a Service. */
export function serviceNames(service: string, namespace: string): string[] {
  return [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
}

/** Starts at once; `missing` says what is not done yet. */
export function startSelfSigned(options: SelfSignedOptions): CertificateSource {
  return new SelfSigned(options);
}

class SelfSigned implements CertificateSource {
  readonly #options: SelfSignedOptions;
  readonly #secretRef: { namespace: string; name: string };
  readonly #secrets: Informer<V1Secret>;
  readonly #registrations: Informer<V1MutatingWebhookConfiguration>;
  readonly #loop: ReconcileLoop;
  #leaf: { pair: Pair; authority: X509Certificate } | null = null;
  /** The authority that this replica sees in the registration, and since when. */
  #trusted: { fingerprint: string; since: Date } | null = null;
  /** Why the last run of the loop failed, or null. */
  #problem: string | null = null;

  constructor(options: SelfSignedOptions) {
    const { webhook } = options;
    this.#options = options;
    this.#secretRef = { namespace: webhook.namespace, name: authoritySecretName(webhook.service) };
    this.#loop = makeReconcileLoop({
      reconcile: () => this.#reconcile(),
      interval: clockPoll,
      onSuccess: () => {
        this.#problem = null;
      },
      onFailure: (error, retryMs) => this.#reportFailure(error, retryMs),
    });
    // An informer shows an object only after the callbacks for it have returned.
    const triggerSoon = () => setImmediate(() => this.#loop.trigger());
    this.#secrets = startSecretInformer(options, this.#secretRef, triggerSoon);
    this.#registrations = startRegistrationInformer(options, webhook.configuration, triggerSoon);
  }

  missing(): string | null {
    const { configuration } = this.#options.webhook;
    if (this.#leaf === null) {
      const { namespace, name } = this.#secretRef;
      return this.#problem ?? `the authority in Secret ${namespace}/${name} is not there yet`;
    }
    const registration = this.#registration();
    if (!registration) return `there is no MutatingWebhookConfiguration ${configuration}`;
    if (trusts(registration, this.#leaf.authority)) return null;
    return this.#problem ?? `the caBundle of MutatingWebhookConfiguration ${configuration} is not in place yet`;
  }

  stop(): void {
    this.#loop.stop();
    this.#secrets.stop();
    this.#registrations.stop();
  }

  /** Each step needs what the one before it made. */
  async #reconcile(): Promise<void> {
    if (!this.#secrets.synced() || !this.#registrations.synced()) return;
    const authority = await this.#currentAuthority();
    // Another replica was quicker; the informer will trigger a run with its authority.
    if (authority === null) return;
    await this.#repairRegistration(authority);
    await this.#renewLeaf(authority);
  }

  /** The authority of the Secret, a new one where it is missing or due; null where another replica was quicker. */
  async #currentAuthority(): Promise<StoredAuthority | null> {
    const { kubeConfig, log } = this.#options;
    const present = this.#secrets.get(this.#secretRef.name, this.#secretRef.namespace);
    const stored = present ? readAuthority(present) : null;
    const why = authorityMustChange(stored?.pair ?? null, new Date());
    if (why === null) return stored;
    const made = await storeNewAuthority(kubeConfig, this.#secretRef, present, new Date());
    if (made === null) return null;
    log.info({ secret: this.#secretRef.name, why }, 'made a new certificate authority');
    return readAuthority(made);
  }

  /** Writes the authorities into the registration where they are missing, and notes since when it has this one. */
  async #repairRegistration(authority: StoredAuthority): Promise<void> {
    const { kubeConfig, log, webhook } = this.#options;
    const registration = this.#registration();
    if (!registration) {
      this.#trusted = null;
      return;
    }
    const why = await repairBundle(kubeConfig, registration, authority.trusted, new Date());
    if (why !== null) log.info({ configuration: webhook.configuration, why }, 'wrote the caBundle');
    const certificate = new X509Certificate(authority.pair.cert);
    if (!trusts(registration, certificate)) this.#trusted = null;
    else if (this.#trusted?.fingerprint !== certificate.fingerprint256) {
      this.#trusted = { fingerprint: certificate.fingerprint256, since: new Date() };
    }
  }

  async #renewLeaf(authority: StoredAuthority): Promise<void> {
    const { webhook, log, onChange } = this.#options;
    const names = serviceNames(webhook.service, webhook.namespace);
    const registration = this.#registration();
    const why = leafMustChange({
      leaf: this.#leaf?.pair ?? null,
      authority: authority.pair,
      names,
      trustedSince: this.#trusted?.since ?? null,
      leafTrusted: this.#leaf !== null && registration !== undefined && trusts(registration, this.#leaf.authority),
      now: new Date(),
    });
    if (why === null) return;
    const pair = await signLeaf(authority.pair, { names });
    if (this.#loop.stopped()) return;
    this.#leaf = { pair, authority: new X509Certificate(authority.pair.cert) };
    const { expires } = onChange(pair);
    log.info({ why, expires }, 'signed a serving certificate');
  }

  #registration(): V1MutatingWebhookConfiguration | undefined {
    return this.#registrations.get(this.#options.webhook.configuration);
  }

  #reportFailure(error: unknown, retryMs: number): void {
    const { log, webhook } = this.#options;
    this.#problem = apiFailure(error).message;
    const needs = neededRights(this.#secretRef, webhook.configuration);
    log.warn({ cause: this.#problem, retryMs: Math.round(retryMs), needs }, 'TLS is not complete');
  }
}

/** All rights of this mode, for an admin whose RBAC lacks some: the API server's message only names the one that it refused. */
function neededRights(secret: { namespace: string; name: string }, configuration: string): string {
  return (
    `create on secrets and list, watch, update on secret ${secret.namespace}/${secret.name}; ` +
    `list, watch, patch on mutatingwebhookconfiguration ${configuration}`
  );
}
