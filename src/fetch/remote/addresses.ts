/**
 * Which addresses may be connected to: the last word on a server, said after its name was resolved, as a name that is
 * allowed may lead anywhere. Loopback is the pod's neighbours, and link-local is where nodes give out credentials, which
 * some clouds do at addresses of other kinds.
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
/** What gives a node or a pod its credentials or its settings: no name leads to them, not even one that is listed. */
export const identityAddresses = [
  '169.254.169.254',
  'fd00:ec2::254', // AWS, by IPv6
  '169.254.170.2', // ECS
  '169.254.170.23', // EKS Pod Identity
  'fd00:ec2::23',
  '168.63.129.16', // Azure's host
  'fd20:ce::254', // Google, by IPv6
  '100.100.100.200', // Alibaba
  'fd00:c1::a9fe:a9fe', // Oracle, by IPv6
  'fd00:42::42', // Scaleway, by IPv6
] as const;
const identityServices = new BlockList();
for (const address of identityAddresses) identityServices.addAddress(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const last = [12, 13, 14, 15];
/** IPv4 addresses within IPv6 ones beside the mapped, which `BlockList` knows: a gateway would unwrap them, from these octets. */
const wrappings = (
  [
    ['::', 96, [last]], // compatible
    ['::ffff:0:0:0', 96, [last]], // translated
    ['64:ff9b::', 96, [last]], // NAT64
    // NAT64 of an operator's own (RFC 8215), who chooses among the forms of RFC 6052.
    ['64:ff9b:1::', 48, [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], last]],
    ['2002::', 16, [[2, 3, 4, 5]]], // 6to4
  ] as const
).map(([network, prefix, places]) => {
  const within = new BlockList();
  within.addSubnet(network, prefix, 'ipv6');
  return { within, places };
});

/** Every IPv4 address as which an IPv6 one may be read. */
function embedded(address: string): string[] {
  const octets = octetsOf(address);
  return wrappings
    .filter(({ within }) => within.check(address, 'ipv6'))
    .flatMap(({ places }) => {
      const found = places.map((at) => at.map((place) => octets[place]).join('.'));
      // Where the form is not known, the zeros of another one are no address.
      return found.length === 1 ? found : found.filter((each) => !each.startsWith('0.'));
    });
}

function octetsOf(address: string): number[] {
  const [head = '', tail = ''] = comparable(address).split('::');
  const [before, after] = [head, tail].map((groups) => groups.split(':').filter(Boolean)) as [string[], string[]];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 255];
  });
}

function isIn(list: BlockList, address: string): boolean {
  if (isIP(address) !== 6) return list.check(address);
  const [bare = ''] = address.split('%'); // the interface
  return list.check(bare, 'ipv6') || embedded(bare).some((inner) => list.check(inner));
}

/** A connection that may not be made; its message is the rest of a sentence on the server. */
export class RefusedAddress extends Error {
  readonly code = 'ERR_REFUSED_ADDRESS';
  constructor(host: string, address: string) {
    const where = host === address ? host : `${host} (${address})`;
    super(
      `leads to ${where}, a loopback, link-local or metadata address, which is not allowed: ask an admin to add this very server to remotes.endpoints (--allow-endpoint)`,
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
