/**
 * Which proxy a request of our own takes: the one that DVC takes for the same address. Its clients (boto, aiohttp) and
 * curl, which git uses, all keep to one proxy for each scheme and to a list of hosts that are spared:
 *
 * | variable                  | of requests | what it says                                                      |
 * |---------------------------|-------------|-------------------------------------------------------------------|
 * | https_proxy, HTTPS_PROXY  | by https    | the proxy, which is asked for a tunnel                            |
 * | http_proxy, HTTP_PROXY    | by http     | the proxy, which is asked for the whole URL                       |
 * | no_proxy, NO_PROXY        | of both     | hosts and domains, each perhaps with a port, that take none       |
 * | all_proxy, ALL_PROXY      | of git's    | as for curl; boto and aiohttp don't read it                       |
 *
 * The name in lower case goes before the other, even with nothing in it. `no_proxy` knows `*` for every host, and a
 * name for the host and all below it, with or without `.` or `*.` before it. A range of addresses (10.0.0.0/8) spares
 * nobody, as neither boto nor aiohttp reads any.
 */
import { FetchFailure } from '../failure/fetch-failure.ts';

type Environment = Readonly<Record<string, string>>;

/**
 * The proxy's URL for requests to `origin`; null where they go directly.
 * @throws {FetchFailure} `configuration` where the variable's value is none that could be used
 */
export function proxyFor(origin: string, environment: Environment): string | null {
  const { protocol, hostname, host } = new URL(origin);
  // Never one for the other: a proxy for http may know nothing of tunnels.
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = setting(name, environment);
  if (value === undefined || matchesNoProxy(hostname, host, setting('no_proxy', environment))) return null;
  const url = proxyUrl(value);
  if (url) return url;
  const set = environment[name.toUpperCase()] === value ? name.toUpperCase() : name;
  throw new FetchFailure(
    'configuration',
    `${set} names no HTTP proxy, and the remote can be reached through no other: write it as http://host:port, or name the remote's server in NO_PROXY`,
  );
}

/**
 * The same rules in the words of Node's own HTTP client, which takes a proxy without a scheme for none, and a name in
 * NO_PROXY for no more than that host. What can't be used is left out.
 */
export function proxyEnvironment(environment: Environment): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of ['http_proxy', 'https_proxy']) {
    const url = proxyUrl(setting(name, environment) ?? '');
    if (url) result[name] = url;
  }
  const spared = names(setting('no_proxy', environment));
  const all = spared.includes('*') ? '*' : spared.flatMap((each) => [each, `.${each}`]).join(',');
  if (all !== '') result.no_proxy = all;
  return result;
}

/** The proxy that git's client takes for `origin`, which may be of any kind and be named by all_proxy; null for none. */
export function proxyOfGit(origin: string, environment: Environment): string | null {
  const { protocol, hostname, host } = new URL(origin);
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = setting(name, environment) ?? setting('all_proxy', environment);
  return value === undefined || matchesNoProxy(hostname, host, setting('no_proxy', environment)) ? null : value;
}

/** Every proxy that the environment names, for whichever client takes which. */
export function proxyUrls(environment: Readonly<Record<string, string | undefined>>): string[] {
  return ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) =>
    [environment[name], environment[name.toUpperCase()]].flatMap((value) => (value?.trim() ? [withScheme(value)] : [])),
  );
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

/** An IPv6 address is meant with its brackets and without: boto reads the one, aiohttp the other. */
function matchesNoProxy(hostname: string, host: string, list: string | undefined): boolean {
  const forms = [hostname, host, hostname.replace(/^\[(.*)\]$/, '$1')];
  return names(list).some((name) => name === '*' || forms.some((each) => each === name || each.endsWith(`.${name}`)));
}

/** Without the dot or the star that some write before a domain. */
function names(list = ''): string[] {
  return list
    .split(/[\s,]+/)
    .map((name) => name.replace(/^\*?\./, '').toLowerCase())
    .filter(Boolean);
}
