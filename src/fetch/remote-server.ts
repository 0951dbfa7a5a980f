/** Which servers a repository may send this pod to: the cloud's own and those the admin listed, nothing else. */
import { endpointProblem } from './endpoints.ts';
import type { RemoteTypeName } from './remote-types.ts';

/** A server in the words of the admin's list; the schemes are those of the wire. */
interface Server {
  scheme: 'ssh' | 'https' | 'http';
  host: string;
  port: number;
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
  if (allowed.some((entry) => covers(entry, server))) return null;
  const origin = `${server.scheme}://${server.host}${ordinaryPorts[server.scheme] === server.port ? '' : `:${server.port}`}`;
  return `the server ${origin} is not allowed: ask an admin to add it to remotes.endpoints (--allow-endpoint)`;
}

/** `settings.port` wins over the url's, as in DVC. */
function remoteServer(type: RemoteTypeName, settings: Readonly<Record<string, string>>): Server | null {
  const match = /^[a-z]+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)(?::([0-9]+))?(?:\/|$)/i.exec(settings.url ?? '');
  if (!match?.[1]) return null;
  const overTls = settings.use_https?.toLowerCase() === 'true';
  const scheme = type === 'webhdfs' ? (overTls ? 'https' : 'http') : wire[type];
  if (scheme === undefined) return null;
  const port = settings.port ?? match[2] ?? (type === 'webhdfs' ? webhdfsPort : ordinaryPorts[scheme]);
  return { scheme, host: match[1].toLowerCase(), port: Number(port) };
}

function urlServer(address: string): Server | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const scheme = wire[url.protocol.slice(0, -1)];
  if (scheme === undefined || url.username !== '' || url.password !== '' || url.search !== '') return null;
  return { scheme, host: url.hostname, port: Number(url.port || ordinaryPorts[scheme]) };
}

/**
 * An entry is an origin (`ssh://data.example.com`, `https://host:8443`), or a host with or without a port. A bare host
 * stands for what is encrypted only: a repository must not talk the pod into sending its password in the clear.
 */
function covers(entry: string, server: Server): boolean {
  if (entry.includes('://')) {
    const listedServer = urlServer(entry.toLowerCase());
    return (
      listedServer !== null &&
      listedServer.scheme === server.scheme &&
      listedServer.host === server.host &&
      listedServer.port === server.port
    );
  }
  const host = entry.toLowerCase();
  return server.scheme !== 'http' && (host === server.host || host === `${server.host}:${server.port}`);
}
