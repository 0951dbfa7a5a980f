/** Which servers a repository may send this pod to: the cloud's own and those the admin listed, nothing else. */
import { plainAddress } from './address.ts';
import { endpointProblem } from './endpoints.ts';
import type { RemoteTypeName } from './types.ts';

/** A server in the words of the admin's list; the schemes are those of the wire. */
export interface Server {
  scheme: 'ssh' | 'https' | 'http';
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

/**
 * Why the server of a remote may not be used, or null if it may. `settings` were checked one by one before.
 * What a repository names could as well be the cloud's metadata service or a neighbour in the cluster.
 */
export function serverProblem(
  type: RemoteTypeName,
  settings: Readonly<Record<string, string>>,
  allowed: readonly string[],
): string | null {
  const { endpointurl } = settings;
  if (type === 's3')
    return endpointurl === undefined ? null : about(endpointurl, endpointProblem(endpointurl, allowed));
  if (type === 'local' || type === 'azure') return null; // Azure's host is made of the account's name
  if (type === 'gs') return endpointurl === undefined ? null : listed(urlServer(endpointurl), allowed, endpointurl);
  return listed(remoteServer(type, settings), allowed, settings.url ?? '');
}

function about(address: string, problem: string | null): string | null {
  return problem && `the endpoint ${address} ${problem}`;
}

function listed(server: Server | null, allowed: readonly string[], address: string): string | null {
  if (server === null) return `the address ${address} is none of a server`;
  if (isListed(server, allowed)) return null;
  return `the server ${originOf(server)} is not allowed: ask an admin to add it to remotes.endpoints (--allow-endpoint)`;
}

/** As people write it. */
export function originOf({ scheme, host, port }: Server): string {
  return `${scheme}://${host}${ordinaryPorts[scheme] === port ? '' : `:${port}`}`;
}

/** The server that a remote's settings name; `settings.port` wins over the url's, as in DVC. */
export function remoteServer(type: RemoteTypeName, settings: Readonly<Record<string, string>>): Server | null {
  const match = /^[a-z]+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)(?::([0-9]+))?(?:\/|$)/i.exec(settings.url ?? '');
  if (!match?.[1]) return null;
  const overTls = settings.use_https?.toLowerCase() === 'true';
  const scheme = type === 'webhdfs' ? (overTls ? 'https' : 'http') : wire[type];
  if (scheme === undefined) return null;
  const port = settings.port ?? match[2] ?? (type === 'webhdfs' ? webhdfsPort : ordinaryPorts[scheme]);
  return { scheme, host: match[1].toLowerCase(), port: Number(port) };
}

/** The server that a URL leads to; null for one that is none of these. */
export function serverOf({ protocol, hostname, port }: URL): Server | null {
  const scheme = wire[protocol.slice(0, -1)];
  return scheme === undefined ? null : { scheme, host: hostname, port: Number(port || ordinaryPorts[scheme]) };
}

/** As `serverOf`, and null where not every program reads the address alike. */
function urlServer(address: string): Server | null {
  return plainAddress('[a-z]+').test(address) && URL.canParse(address) ? serverOf(new URL(address)) : null;
}

/** True where the admin allows this server. */
export function isListed(server: Server, allowed: readonly string[]): boolean {
  return listedServers(allowed).some(
    ({ scheme, host, port }) =>
      scheme === server.scheme && host === server.host && (port ?? server.port) === server.port,
  );
}

/**
 * What the admin's list stands for. An entry is an origin (`ssh://data.example.com`, `https://host:8443`), or a host
 * with or without a port. A bare host stands for what is encrypted only: a repository must not talk the pod into sending
 * its password in the clear.
 */
export function listedServers(allowed: readonly string[]): ListedServer[] {
  return allowed.flatMap((entry): ListedServer | ListedServer[] => {
    const text = entry.toLowerCase();
    if (text.includes('://')) return urlServer(text) ?? [];
    const [, host, port] = /^(\[[^\]]+\]|[^:]+)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
    if (host === undefined) return [];
    return (['ssh', 'https'] as const).map((scheme) => ({
      scheme,
      host,
      port: port === undefined ? null : Number(port),
    }));
  });
}
