/** Makes certificates: an authority of our own, and serving certificates that it signs. */
import { randomBytes } from 'node:crypto';
import { generate } from 'selfsigned';
import { authorityLifetime, clockSkew, leafLifetime } from './lifetimes.ts';

/** A certificate and its private key, both PEM. */
export interface Pair {
  cert: string;
  key: string;
}

/** What a serving certificate is valid for. */
export interface Hosts {
  /** DNS names. */
  names: readonly string[];
  /** IPv4 or IPv6 addresses. */
  ips?: readonly string[];
}

/** How the common name of each authority of ours begins. */
export const authorityPrefix = 'dvc-injector-ca-';

// P-256: made in a millisecond where RSA takes a second on a small node. selfsigned would sign with SHA-1 unasked,
// which every client refuses.
const algorithm = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/**
 * A new authority. Each has a common name of its own: the certificates carry no key identifiers, so during a rotation
 * OpenSSL clients that hold two authorities of one name may try the wrong one only, and fail.
 */
export async function makeAuthority(now = new Date(), lifetime = authorityLifetime): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: `${authorityPrefix}${randomBytes(6).toString('hex')}` }], {
    ...algorithm,
    notBeforeDate: new Date(now.getTime() - clockSkew),
    notAfterDate: new Date(now.getTime() + lifetime),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A serving certificate for these hosts, signed by `authority`. */
export async function signLeaf(
  authority: Pair,
  hosts: Hosts,
  now = new Date(),
  lifetime = leafLifetime,
): Promise<Pair> {
  const altNames = [
    ...hosts.names.map((value) => ({ type: 2 as const, value })),
    ...(hosts.ips ?? []).map((ip) => ({ type: 7 as const, ip })),
  ];
  const made = await generate([{ name: 'commonName', value: 'dvc-injector' }], {
    ...algorithm,
    ca: authority,
    notBeforeDate: new Date(now.getTime() - clockSkew),
    notAfterDate: new Date(now.getTime() + lifetime),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A serving certificate with an authority made for it alone, good for a year: for development, demo and tests. */
export async function makeServingCertificate(hosts: Hosts): Promise<Pair & { ca: string }> {
  const authority = await makeAuthority();
  return { ...(await signLeaf(authority, hosts, new Date(), authorityLifetime)), ca: authority.cert };
}
