/**
 * Which proxy a request of our own takes: the one that DVC takes for the same address. Its clients (boto, aiohttp) and
 * curl, which git uses, all keep to one proxy for each scheme and to a list of hosts that are spared:
 *
 * | variable                  | of requests | what it says                                                      |
 * |---------------------------|-------------|-------------------------------------------------------------------|
 * | https_proxy, HTTPS_PROXY  | by https    | the proxy, which is asked for a tunnel                            |
 * | http_proxy, HTTP_PROXY    | by http     | the proxy, which is asked for the whole URL                       |
 * | no_proxy, NO_PROXY        | of both     | the servers that take none (no-proxy.ts)                          |
 * | all_proxy, ALL_PROXY      | of git's    | as for curl; boto and aiohttp don't read it                       |
 *
 * The name in lower case goes before the other, even with nothing in it.
 */
import { FetchFailure } from '../failure/fetch-failure.ts';
import { identityAddresses } from './addresses.ts';
import { listedServers, serverOf } from './allowed-servers.ts';
import { isSpared, writtenOut } from './no-proxy.ts';

type Environment = Readonly<Record<string, string>>;

/**
 * The proxy's URL for requests to `origin`; null where they go directly.
 * @throws {FetchFailure} `configuration` where the variable's value is none that could be used
 */
export function proxyFor(origin: string, environment: Environment): string | null {
  const url = new URL(origin);
  // Never one for the other: a proxy for http may know nothing of tunnels.
  const name = nameFor(url);
  const value = setting(name, environment);
  if (value === undefined || takesNone(url, environment)) return null;
  const proxy = proxyUrl(value);
  if (proxy) return proxy;
  const set = environment[name.toUpperCase()] === value ? name.toUpperCase() : name;
  throw new FetchFailure(
    'configuration',
    `${set} names no HTTP proxy, and the remote can be reached through no other: write it as http://host:port, or name the remote's server in NO_PROXY`,
  );
}

/**
 * The same rules in the words of Node's own HTTP client, which takes a proxy without a scheme for none, for requests by
 * name and to the `listed` servers. What can't be used is left out.
 */
export function proxyEnvironment(environment: Environment, listed: readonly string[]): Record<string, string> {
  const result = noProxyEnvironment(environment, listed);
  for (const name of ['http_proxy', 'https_proxy']) {
    const url = proxyUrl(setting(name, environment) ?? '');
    if (url) result[name] = url;
  }
  return result;
}

/**
 * What is spared, for programs with a reading of their own: a server that has no name but an address is asked only where
 * it is `listed`, or gives out a cloud's credentials.
 */
export function noProxyEnvironment(environment: Environment, listed: readonly string[]): Record<string, string> {
  const list = setting('no_proxy', environment);
  if (list === undefined) return {};
  const identities = identityAddresses.map((host) => ({ host, port: 80 }));
  return { no_proxy: writtenOut(list, [...listedServers(listed), ...identities]) };
}

/** The proxy that git's client takes for `origin`, which may be of any kind and be named by all_proxy; null for none. */
export function proxyOfGit(origin: string, environment: Environment): string | null {
  const url = new URL(origin);
  const value = setting(nameFor(url), environment) ?? setting('all_proxy', environment);
  return value === undefined || takesNone(url, environment) ? null : value;
}

/** Every proxy that the environment names, for whichever client takes which. */
export function proxyUrls(environment: Readonly<Record<string, string | undefined>>): string[] {
  return ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) =>
    [environment[name], environment[name.toUpperCase()]].flatMap((value) => (value?.trim() ? [withScheme(value)] : [])),
  );
}

function nameFor({ protocol }: URL): 'https_proxy' | 'http_proxy' {
  return protocol === 'https:' ? 'https_proxy' : 'http_proxy';
}

function takesNone(url: URL, environment: Environment): boolean {
  const server = serverOf(url);
  return server !== null && isSpared(server, setting('no_proxy', environment));
}

function setting(name: string, environment: Environment): string | undefined {
  return (environment[name] ?? environment[name.toUpperCase()])?.trim() || undefined;
}

/** Without a scheme it is one of HTTP, as for curl, git and boto. */
function withScheme(value: string): string {
  const text = value.trim();
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text.replace(/^\/\//, '')}`;
}

function proxyUrl(value: string): string | null {
  const written = withScheme(value);
  const url = URL.parse(written);
  return url && /^https?:$/.test(url.protocol) && url.hostname !== '' ? written : null;
}
