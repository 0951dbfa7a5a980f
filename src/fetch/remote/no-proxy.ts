/**
 * Which servers the list in `no_proxy` spares, read once for git, for our own clients and for DVC's: each program has
 * another reading of it, and one dataset must not be asked for in two ways.
 *
 * | entry                           | spares                                          | others                                  |
 * |---------------------------------|-------------------------------------------------|-----------------------------------------|
 * | `*`                             | every server                                    | curl and Python: only where it is alone |
 * | `x.org`, `.x.org`, `*.x.org`    | x.org and all below it                          | Go: with a dot not x.org itself; curl and Python know no star; undici: without one only x.org |
 * | `x.org:8443`                    | the same, on this port, also an ordinary one    | curl knows no ports                     |
 * | `10.0.0.1`, `fd00::1`, `[fd00::1]` | this address, however it is written; `:port` after a bracket or an IPv4 address | Python compares letters |
 * | `10.0.0.0/8`, `fd00::/8`        | servers that are named by such an address       | Python and undici know no ranges        |
 *
 * Entries end with a comma or white space; the case of letters and a dot at the end of a name don't count. No name is
 * resolved for it, by anybody: a range spares no server that has a name.
 */
import { BlockList, isIP } from 'node:net';
import { comparable } from './addresses.ts';

/** A host, with or without the brackets of IPv6, on a port; on any where that is null. */
export interface Place {
  host: string;
  port: number | null;
}

/** True where `list` spares this place; one on any port only where all of them are spared. */
export function isSpared({ host, port }: Place, list = ''): boolean {
  const name = comparable(host.replace(/\.$/, ''));
  return entriesOf(list).some((entry) => spares(entry, name, port));
}

/**
 * The same for these places, as programs read it that know no ranges, ports, stars or white space: those of them that are
 * spared stand there by themselves.
 */
export function writtenOut(list: string, places: readonly Place[]): string {
  const entries = entriesOf(list);
  if (entries.some(({ name }) => name === '*')) return '*';
  const names = entries.flatMap(({ name, port, range }) =>
    range ? [] : forms(name).map((form) => (port === null ? form : `${form}:${port}`)),
  );
  const hosts = new Set(places.map(({ host }) => comparable(host)));
  // Many of those programs see no port: a host is spared as a whole or not at all.
  const spared = [...hosts].filter((host) =>
    places.filter((place) => comparable(place.host) === host).every((place) => isSpared(place, list)),
  );
  return [...new Set([...names, ...spared.flatMap(forms)])].join(',');
}

interface Entry {
  /** Without brackets, and the dot or the star that some write before a domain. */
  name: string;
  port: number | null;
  range: { addresses: BlockList; family: number } | null;
}

function entriesOf(list: string): Entry[] {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((text) => {
      const [, host = text, port] = /^(\[[^\]]*\]|[^:]*):([0-9]{1,5})$/.exec(text) ?? [];
      const name = comparable(host.replace(/^\*?\./, '').replace(/\.$/, ''));
      return { name, port: port === undefined ? null : Number(port), range: rangeOf(text) };
    })
    .filter(({ name }) => name !== '');
}

/** Null where it is none: a name, or a range that can't be. */
function rangeOf(text: string): Entry['range'] {
  const [, network = '', prefix = ''] = /^([^/]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  const family = isIP(network);
  if (family === 0 || Number(prefix) > (family === 4 ? 32 : 128)) return null;
  const addresses = new BlockList();
  addresses.addSubnet(network, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return { addresses, family };
}

function spares({ name, port, range }: Entry, host: string, at: number | null): boolean {
  const family = isIP(host);
  // An IPv4 address within an IPv6 one is in IPv4's ranges; `BlockList` would take it the other way round too.
  if (range) return family >= range.family && range.addresses.check(host, family === 6 ? 'ipv6' : 'ipv4');
  if (port !== null && port !== at) return false;
  return name === '*' || host === name || (family === 0 && host.endsWith(`.${name}`));
}

/** Some read an IPv6 address in brackets, some without; and Node takes a name for no more than that host. */
function forms(name: string): string[] {
  const family = isIP(name);
  // No name ends with a number, so one that does is half an address, and the end of others for a program that compares letters.
  if (family === 0) return /(?:^|\.)[0-9]+$/.test(name) ? [] : [name, `.${name}`];
  return family === 6 ? [name, `[${name}]`] : [name];
}
