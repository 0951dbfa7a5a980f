/** The control plane's own certificate authority, because kube-apiserver knows its clients by certificates. */
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM. */
export interface Pair {
  cert: string;
  key: string;
}

/** What a certificate says of its holder. */
export interface Holder {
  /** The user's name, for a client. */
  commonName: string;
  /** The user's groups, for a client. */
  organizations?: readonly string[];
  /** DNS names and IP addresses, for a server. */
  hosts?: readonly string[];
  /** What it is good for; both, unless told otherwise. */
  usage?: { serverAuth?: boolean; clientAuth?: boolean };
  /** When it ends; in a year, unless told otherwise. */
  until?: Date;
}

// P-256 keys take milliseconds where RSA takes seconds on a small machine.
const algorithm = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** A new authority, good for a year. */
export async function makeAuthority(commonName: string): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    ...algorithm,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A certificate that `authority` signs, for a server and a client alike, good for a year. */
export async function issue(authority: Pair, holder: Holder): Promise<Pair> {
  const groups = (holder.organizations ?? []).map((value) => ({ name: 'organizationName', value }));
  const hosts = holder.hosts ?? [];
  const until = holder.until;
  const made = await generate([{ name: 'commonName', value: holder.commonName }, ...groups], {
    ...algorithm,
    ca: authority,
    ...(until ? { notBeforeDate: new Date(until.getTime() - 60_000), notAfterDate: until } : {}),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', ...(holder.usage ?? { serverAuth: true, clientAuth: true }) },
      ...(hosts.length > 0 ? [{ name: 'subjectAltName' as const, altNames: hosts.map(altName) }] : []),
    ],
  });
  return { cert: made.cert, key: made.private };
}

function altName(host: string) {
  return isIP(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host };
}
