/**
 * Which servers a repository may send this pod to: the cloud's own and those the admin listed, nothing else. What a
 * repository names could as well be the cloud's metadata service or a neighbour in the cluster.
 *
 * A server is a scheme of the wire, a host and a port; a name in capitals and another spelling of an IPv6 address count
 * as the same host. What an entry of `remotes.endpoints` (--allow-endpoint) stands for, and what a remote asks for:
 *
 * | entry                               | stands for         | asked for by                                            |
 * |-------------------------------------|--------------------|---------------------------------------------------------|
 * | `https://host`, `webdavs://host`    | https, port 443    | `https://`, `webdavs://`, `endpointurl` of `s3` or `gs` |
 * | `http://host`, `webdav://host`      | http, port 80      | `http://`, `webdav://`, `endpointurl` of `s3` or `gs`   |
 * | `http://host:50070`                 | http, this port    | `webhdfs://` (`https`, where `use_https` is true)       |
 * | `ssh://host`                        | ssh, port 22       | `ssh://`, where a setting `port` wins over the url's    |
 * | any of these with `:port`           | this port instead  |                                                         |
 * | `host`                              | https and ssh, on every port: never http, in the clear                       |
 * | `host:port`                         | https and ssh, on this port: never http, not even for port 80                |
 *
 * A bare host stands for what is encrypted only: a repository must not talk the pod into sending its password, or its
 * session's token, in the clear. Without any entry: S3's own hosts over https on 443, and what a bucket's name alone
 * leads to (`s3`, `gs`, `azure`).
 */
import { plainAddress } from './address.ts';
import { isS3Host } from './s3-hosts.ts';
import { type RemoteTypeName, remoteType } from './types.ts';

/** A server in the words of the admin's list; the schemes are those of the wire. */
export interface Server {
  scheme: 'ssh' | 'https' | 'http';
  /** In lower case; an IPv6 address in brackets, in its shortest form. */
  host: string;
  port: number;
}

/** What an entry of the admin's list stands for; without a port, the host's every one. */
export interface ListedServer extends Omit<Server, 'port'> {
  port: number | null;
}

const wire: Readonly<Record<string, Server['scheme']>> = {
  ssh: 'ssh',
  http: 'http',
  https: 'https',
  webdav: 'http',
  webdavs: 'https',
};
const ordinaryPorts = { ssh: 22, http: 80, https: 443 } as const;
/** What fsspec's client takes where the url has none. */
const webhdfsPort = 50070;

/** Why the server of a remote may not be used, or null if it may. `settings` were checked one by one before. */
export function serverProblem(
  type: RemoteTypeName,
  settings: Readonly<Record<string, string>>,
  allowed: readonly string[],
): string | null {
  switch (remoteType(type).servers) {
    case 'none':
    case 'account':
      return null;
    case 'endpoint': {
      const { endpointurl } = settings;
      const isOwn = ({ host }: Server) => type === 's3' && isS3Host(host);
      const problem = endpointurl === undefined ? null : endpointProblem(endpointurl, allowed, isOwn);
      // A login or a token may stand in one that is not plain.
      const shown = /[@?#]/.test(endpointurl ?? '') ? 'in endpointurl' : endpointurl;
      return problem && `the endpoint ${shown} ${problem}`;
    }
    case 'listed': {
      const server = remoteServer(type, settings);
      if (server === null) return `the address ${settings.url ?? ''} is none of a server`;
      return isListed(server, allowed) ? null : `the server ${originOf(server)} ${notAllowed('it')}`;
    }
  }
}

/**
 * The end of a sentence on a cloud's endpoint that may not be asked, or null. Link-local addresses give out the node's
 * credentials, and loopback is the pod's neighbours: beside the listed ones only hosts that are the cloud's `own`, by https.
 */
export function endpointProblem(
  endpoint: string,
  allowed: readonly string[],
  own: (server: Server) => boolean,
): string | null {
  const url = URL.parse(endpoint);
  if (url === null) return 'is no URL';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is neither https nor http';
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return 'has a login or a query in it';
  }
  const server = plainAddress('https?').test(endpoint) ? serverOf(url) : null;
  if (server === null) return 'is not written as every program reads it: https://host[:port]';
  const isOwn = server.scheme === 'https' && server.port === ordinaryPorts.https && own(server);
  if (isListed(server, allowed) || isOwn) return null;
  return notAllowed(originOf(server));
}

/** The end of a sentence on a server that is not listed; `what` is to be added. */
export function notAllowed(what: string): string {
  return `is not allowed: ask an admin to add ${what} to remotes.endpoints (--allow-endpoint)`;
}

/** As people write it. */
export function originOf({ scheme, host, port }: Server): string {
  return `${scheme}://${host}${ordinaryPorts[scheme] === port ? '' : `:${port}`}`;
}

/** The server that a remote's settings name; `settings.port` wins over the url's, as in DVC. */
export function remoteServer(type: RemoteTypeName, settings: Readonly<Record<string, string>>): Server | null {
  const match = /^[a-z]+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)(?::([0-9]*))?(?:\/|$)/i.exec(settings.url ?? '');
  if (!match?.[1]) return null;
  const overTls = settings.use_https?.toLowerCase() === 'true';
  const scheme = type === 'webhdfs' ? (overTls ? 'https' : 'http') : wire[type];
  if (scheme === undefined) return null;
  const port = settings.port ?? (match[2] || null) ?? (type === 'webhdfs' ? webhdfsPort : ordinaryPorts[scheme]);
  return { scheme, host: canonicalHost(match[1]), port: Number(port) };
}

/** The server that a URL leads to; null for one that is none of these. */
export function serverOf({ protocol, hostname, port }: URL): Server | null {
  const scheme = wire[protocol.slice(0, -1)];
  return scheme === undefined
    ? null
    : { scheme, host: canonicalHost(hostname), port: Number(port || ordinaryPorts[scheme]) };
}

/** True where the admin allows this server. */
export function isListed(server: Server, allowed: readonly string[]): boolean {
  return listedServers(allowed).some(
    ({ scheme, host, port }) =>
      scheme === server.scheme && host === server.host && (port ?? server.port) === server.port,
  );
}

/** What the entries of the admin's list stand for, by the table above. */
export function listedServers(allowed: readonly string[]): ListedServer[] {
  return allowed.flatMap((entry): ListedServer | ListedServer[] => {
    const text = entry.toLowerCase();
    if (text.includes('://')) return listedOrigin(text) ?? [];
    const [, host, port] = /^(\[[^\]]+\]|[^:]+)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
    if (host === undefined) return [];
    return (['ssh', 'https'] as const).map((scheme) => ({
      scheme,
      host: canonicalHost(host),
      port: port === undefined ? null : Number(port),
    }));
  });
}

/** Null where not every program reads the address alike. */
function listedOrigin(address: string): Server | null {
  return plainAddress('[a-z]+').test(address) && URL.canParse(address) ? serverOf(new URL(address)) : null;
}

/** One IPv6 address has many forms; of names and IPv4 addresses each program makes its own, so these stay as written. */
function canonicalHost(host: string): string {
  const six = host.startsWith('[') ? URL.parse(`http://${host}`) : null;
  return six?.hostname ?? host.toLowerCase();
}
