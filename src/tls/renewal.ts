/** Decides when a certificate must be renewed, and why. Pure, so that any day of its life can be tested. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { bundlePropagation, renewalFraction } from './lifetimes.ts';
import type { Pair } from './make.ts';

/** The certificate, or null where the text is none. */
export function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

/** Why a certificate and a key can't be served together, or null if they can. */
export function pairProblem(pair: Pair, now: Date): string | null {
  const certificate = readCertificate(pair.cert);
  if (!certificate) return 'the certificate is no PEM certificate';
  let belongs: boolean;
  try {
    belongs = certificate.checkPrivateKey(createPrivateKey(pair.key));
  } catch {
    return 'the key is no PEM private key';
  }
  if (!belongs) return "the key is not the certificate's";
  try {
    // OpenSSL has rules of its own, such as a minimum key size; without this check the server would crash on them.
    createSecureContext(pair);
  } catch (error) {
    return `OpenSSL refuses it: ${(error as Error).message}`;
  }
  if (certificate.validToDate <= now) return `the certificate expired on ${certificate.validToDate.toISOString()}`;
  return null;
}

/** Why the stored authority must be replaced, or null if it needn't. `stored` is null where there is none. */
export function authorityMustChange(stored: Pair | null, now: Date): string | null {
  if (stored === null) return 'there is none yet';
  const problem = pairProblem(stored, now);
  if (problem !== null) return problem;
  const certificate = new X509Certificate(stored.cert);
  if (!certificate.ca) return 'it is no authority';
  return isDue(certificate, now) ? `it expires on ${certificate.validToDate.toISOString()}` : null;
}

/** What decides whether a leaf must be renewed. */
export interface LeafState {
  /** The one that is served; null at the start. */
  leaf: Pair | null;
  authority: Pair;
  /** The DNS names that the leaf must have. */
  names: readonly string[];
  /** Since when the authority has been in the caBundle of the registration; null while it isn't. */
  trustedSince: Date | null;
  /** Whether the authority that signed the leaf is in that caBundle. */
  leafTrusted: boolean;
  now: Date;
}

/** Why a replica must sign itself a new leaf, or null if it needn't. */
export function leafMustChange({ leaf, authority, names, trustedSince, leafTrusted, now }: LeafState): string | null {
  if (leaf === null) return 'there is none yet';
  const certificate = new X509Certificate(leaf.cert);
  const missing = names.find((name) => certificate.checkHost(name) === undefined);
  if (missing !== undefined) return `it is not valid for ${missing}`;
  const replaced = !certificate.verify(new X509Certificate(authority.cert).publicKey);
  if (replaced) {
    // A leaf of the old authority works as long as the API servers trust that one, and they may not know the new one yet:
    // changing too soon would break what works. An expired leaf doesn't work anyway.
    if (!leafTrusted && trustedSince !== null) return 'its authority is trusted no longer';
    const propagated = trustedSince !== null && now.getTime() - trustedSince.getTime() >= bundlePropagation;
    if (propagated) return 'its authority was replaced';
    if (certificate.validToDate > now) return null;
  }
  return isDue(certificate, now) ? `it expires on ${certificate.validToDate.toISOString()}` : null;
}

/** True once only the renewal fraction of the lifetime is left. */
function isDue(certificate: X509Certificate, now: Date): boolean {
  const { validFromDate, validToDate } = certificate;
  const life = validToDate.getTime() - validFromDate.getTime();
  return now.getTime() >= validToDate.getTime() - life * renewalFraction;
}
