/** The caBundle that API servers trust. During a rotation it holds the old authority beside the new one, until the old expires. */
import type { X509Certificate } from 'node:crypto';
import { authorityPrefix } from './make.ts';
import { readCertificate } from './renewal.ts';

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM bundle; what can't be read is left out. */
export function readBundle(pem: string): X509Certificate[] {
  return (pem.match(pemBlock) ?? []).flatMap((block) => readCertificate(block) ?? []);
}

/** The bundle as PEM: the newest first, each certificate once. */
export function writeBundle(certificates: readonly X509Certificate[]): string {
  const unique = new Map(certificates.map((certificate) => [certificate.fingerprint256, certificate]));
  return [...unique.values()]
    .sort(
      (a, b) => b.validFromDate.getTime() - a.validFromDate.getTime() || (a.fingerprint256 < b.fingerprint256 ? -1 : 1),
    )
    .map((certificate) => certificate.toString())
    .join('');
}

/** True if the bundle holds exactly this certificate. */
export function bundleHas(bundle: string, certificate: X509Certificate): boolean {
  return readBundle(bundle).some((each) => each.fingerprint256 === certificate.fingerprint256);
}

/**
 * The bundle that must replace `present`, and why; null if `present` can stay. `authorities` are those of the Secret.
 *
 * An unexpired authority of ours that is in `present` but not in the Secret is kept: otherwise a replica that hasn't seen a
 * rotation yet would remove the new authority again, and reviews would fail until it has seen it. What isn't ours (a
 * leftover of another TLS mode) is removed.
 */
export function bundleMustChange(
  present: string,
  authorities: readonly X509Certificate[],
  now: Date,
): { bundle: string; why: string } | null {
  const isAlive = (certificate: X509Certificate) => certificate.validToDate > now;
  const there = readBundle(present);
  const kept = there.filter((certificate) => isAlive(certificate) && isOurs(certificate));
  const wanted = authorities.filter(isAlive);
  const bundle = writeBundle([...wanted, ...kept]);
  const missing = wanted.some(
    (certificate) => !there.some((each) => each.fingerprint256 === certificate.fingerprint256),
  );
  if (missing) return { bundle, why: present === '' ? 'it is empty' : 'it lacks an authority' };
  if (there.some((certificate) => !isAlive(certificate))) return { bundle, why: 'it holds an expired authority' };
  if (kept.length < there.length) return { bundle, why: "it holds an authority that isn't ours" };
  return null;
}

function isOurs(certificate: X509Certificate): boolean {
  return certificate.ca && certificate.subject.startsWith(`CN=${authorityPrefix}`);
}
