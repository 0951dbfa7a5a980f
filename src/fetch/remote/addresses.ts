/**
 * Which addresses may be connected to: the last word on a server, said after its name was resolved, as a name that is
 * allowed may lead anywhere. Loopback is the pod's neighbours, and link-local is where nodes give out credentials.
 */
import { type LookupAddress, lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { listedServers } from './allowed-servers.ts';

const guarded = new BlockList();
for (const [network, prefix, family] of [
  ['0.0.0.0', 8, 'ipv4'], // to Linux the host itself
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['::', 127, 'ipv6'], // unspecified and loopback
  ['fe80::', 10, 'ipv6'],
] as const) {
  guarded.addSubnet(network, prefix, family);
}
/** The services of AWS that give out credentials: no name leads to them, not even one that is listed. */
export const identityAddresses = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
] as const;
const identityServices = new BlockList();
for (const address of identityAddresses) identityServices.addAddress(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** IPv4 addresses within IPv6 ones: mapped (which `BlockList` knows), NAT64 and 6to4, which a gateway would unwrap. */
function embedded(address: string): string | null {
  const groups = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? '';
  const [, high = '', low = ''] =
    /^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(groups) ??
    /^::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(groups) ??
    /^2002:([0-9a-f]{1,4}):([0-9a-f]{1,4}):/.exec(groups) ??
    [];
  if (low === '') return null;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const inner = family === 'ipv6' ? embedded(address) : null;
  return list.check(address, family) || (inner !== null && list.check(inner));
}

/** A connection that may not be made; its message is the rest of a sentence on the server. */
export class RefusedAddress extends Error {
  readonly code = 'ERR_REFUSED_ADDRESS';
  constructor(host: string, address: string) {
    const where = host === address ? host : `${host} (${address})`;
    super(
      `leads to ${where}, a loopback or link-local address, which is not allowed: ask an admin to add this very server to remotes.endpoints (--allow-endpoint)`,
    );
    this.name = 'RefusedAddress';
  }
}

/**
 * True where `host`, as a client was given it, may be reached at this address of it: on this port, or on whichever its
 * server is listed for where that was judged before.
 */
export function mayConnect(
  { host, port = null }: { host: string; port?: number | null },
  address: string,
  listed: readonly string[],
): boolean {
  if (!isIn(guarded, address) && !isIn(identityServices, address)) return true;
  const isWritten = comparable(host) === comparable(address);
  if (isIn(identityServices, address) && !isWritten) return false;
  return listedServers(listed).some(
    (server) =>
      comparable(server.host) === comparable(host) && (port === null || server.port === null || server.port === port),
  );
}

/** A host as others write it too: letters, brackets and zeros aside. */
export function comparable(host: string): string {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 6 ? (URL.parse(`http://[${bare}]`)?.hostname.slice(1, -1) ?? bare) : bare;
}

/** What a host's name leads to. */
interface Addresses {
  /** Those that may be connected to; at least one. */
  allowed: LookupAddress[];
  /** Whether there are no others. */
  all: boolean;
}

/** @throws {RefusedAddress} where none may be connected to, and the system's error where the name has none */
export async function allowedAddresses(
  { host, port = null }: { host: string; port?: number | null },
  listed: readonly string[],
): Promise<Addresses> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const found = await new Promise<LookupAddress[]>((fulfil, reject) => {
    resolve(bare, { all: true }, (error, addresses) => (error ? reject(error) : fulfil(addresses)));
  });
  const allowed = found.filter(({ address }) => mayConnect({ host: bare, port }, address, listed));
  const [first] = found;
  if (allowed.length === 0 && first) throw new RefusedAddress(bare, first.address);
  return { allowed, all: allowed.length === found.length };
}

/**
 * For whatever of Node's connects by name, redirects included. An address that is written out is not looked up: who
 * connects to such has to ask `mayConnect`, or to have it from the admin's list.
 */
export function guardedLookup(listed: readonly string[], port: number | null = null): LookupFunction {
  return (host, options, callback) => {
    const { family } = options;
    allowedAddresses({ host, port }, listed).then(
      ({ allowed }) => {
        const wanted = allowed.filter((each) => !family || each.family === Number(`${family}`.replace('IPv', '')));
        const [first] = wanted.length > 0 ? wanted : allowed;
        if (options.all) callback(null, wanted.length > 0 ? wanted : allowed);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}
