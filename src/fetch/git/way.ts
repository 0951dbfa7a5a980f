/** How git gets to its server: only to addresses that may be connected to, whatever the server's name leads to. */
import type { Repository } from '../../dataset/repository.ts';
import { defaultPorts } from '../../dataset/repository.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { allowedAddresses, RefusedAddress } from '../remote/addresses.ts';
import { proxyOfGit } from '../remote/proxy.ts';
import { startRelay } from './relay.ts';

/** For one fetch. */
export interface Way {
  /** git's environment, changed so that it goes this way. */
  env: Readonly<Record<string, string>>;
  /** What is known of a connection that came to nothing, to be read with what git says; throws where it was refused. */
  explain(stderr: string): string;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

/**
 * `listed` are the servers that may be at a loopback or link-local address. A proxy of the environment decides by itself
 * where it connects, so git is then kept to it, also after a redirect.
 * @throws {FetchFailure} `usage` where the server is at an address that may not be connected to
 */
export async function wayTo(repository: Repository, env: Environment, listed: readonly string[]): Promise<Way> {
  const direct: Way = { env, explain: (stderr) => stderr, async close() {} };
  if (repository.scheme === 'file') return direct;
  if (repository.scheme === 'ssh') return { ...direct, env: await pinned(repository, env, listed) };
  const proxy = proxyOfGit(new URL(repository.url).origin, env);
  if (proxy !== null) return { ...direct, env: byProxy(env, proxy) };
  const relay = await startRelay(listed);
  return {
    env: byProxy(env, relay.url),
    explain(stderr) {
      const trouble = relay.trouble();
      if (trouble instanceof RefusedAddress) throw refused(repository, trouble);
      return trouble === null ? stderr : `${stderr}\n${trouble.message}`;
    },
    close: relay.close,
  };
}

/** Whatever git asks for, and with no exceptions: NO_PROXY would let a redirect go by itself. */
function byProxy(env: Environment, url: string): Environment {
  const others = Object.entries(env).filter(([name]) => !/^(?:https?|all|no)_proxy$/i.test(name));
  return { ...Object.fromEntries(others), http_proxy: url, https_proxy: url, all_proxy: url };
}

/**
 * Where a name leads to addresses of both kinds, ssh is given an allowed one, and still checks the key under the name. Else
 * it is left to try them all: it follows nobody, and that the name may lead elsewhere the next moment helps nobody, as the
 * server there would need the key that known_hosts has for the name.
 */
async function pinned(repository: Repository, env: Environment, listed: readonly string[]): Promise<Environment> {
  const { hostname, port: written } = new URL(repository.canonical);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(written || defaultPorts.ssh);
  const { allowed, all } = await addressesOf(repository, { host, port }, listed);
  const [first] = allowed;
  if (all || first === undefined) return env;
  const alias = port === Number(defaultPorts.ssh) ? host : `[${host}]:${port}`;
  const options = `-o HostName='${first.address}' -o HostKeyAlias='${alias}'`;
  return { ...env, GIT_SSH_COMMAND: `${env.GIT_SSH_COMMAND} ${options}` };
}

async function addressesOf(repository: Repository, server: { host: string; port: number }, listed: readonly string[]) {
  try {
    return await allowedAddresses(server, listed);
  } catch (error) {
    if (error instanceof RefusedAddress) throw refused(repository, error);
    throw new FetchFailure(
      'unreachable',
      `the git server of ${repository.canonical} can't be reached: check its address, the proxy and the NetworkPolicies of the namespace`,
      { cause: error, details: [`${server.host} has no address: ${(error as NodeJS.ErrnoException).code}`] },
    );
  }
}

function refused({ canonical }: Repository, { message }: RefusedAddress): FetchFailure {
  return new FetchFailure('usage', `the git server of ${canonical} ${message}`);
}
