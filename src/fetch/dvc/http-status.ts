/** Asks an HTTP remote for its status where DVC says that an object does not exist, as DVC says that of any refusal too. */
import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, fetch, ProxyAgent, type Response } from 'undici';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { readCertificates } from '../files/certificates.ts';
import { guardedLookup, RefusedAddress } from '../remote/addresses.ts';
import { isListed, originOf, serverOf } from '../remote/allowed-servers.ts';
import type { Remote } from '../remote/choose-remote.ts';
import { proxyFor } from '../remote/proxy.ts';
import { remoteFailure, remoteName, sentElsewhere } from './failures.ts';

const patience = 60_000;
const mostRedirects = 10;

/**
 * Why the remote did not give the object at `path` (relative to its url), or null where it has none, which is so for
 * every other type: their clients tell a refusal from an absence (source: fsspec, HTTPFileSystem._exists).
 */
export async function httpRefusal(
  remote: Remote,
  path: string,
  { env, signal }: { env: Readonly<Record<string, string>>; signal: AbortSignal },
  headers: Readonly<Record<string, string>>,
): Promise<FetchFailure | null> {
  if (remote.type !== 'http' && remote.type !== 'https') return null;
  const ca = await authorities(env);
  const connect = (address: URL) => connectTo(address, env, { ca, lookup: guardedLookup(remote.endpoints) });
  try {
    const start = new URL(`${remote.settings.url?.replace(/\/+$/, '')}/${path}`);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const { status } = await head(remote, start, headers, { connect, signal: limit });
    if (status === 404 || status === 410) return null;
    const kind = status === 401 || status === 403 ? 'refused' : 'unreachable';
    return remoteFailure(kind, remote, `HEAD ${path} was answered with ${status}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FetchFailure) return error;
    const cause = deepest(error);
    if (cause instanceof RefusedAddress) return new FetchFailure('usage', `${remoteName(remote)} ${cause.message}`);
    const { code = '', message } = cause;
    const kind = /CERT|SIGNATURE|ERR_TLS|ERR_SSL/.test(code) ? 'unverified' : 'unreachable';
    return remoteFailure(kind, remote, `HEAD ${path} failed: ${code} ${message}`);
  }
}

/**
 * Asks, and again where the answer sends us, as DVC does: with its login to the remote's own server, without to a listed
 * one. @throws {FetchFailure} `usage` where any other is named
 */
async function head(
  remote: Remote,
  start: URL,
  headers: Readonly<Record<string, string>>,
  { connect, signal }: { connect: (address: URL) => Dispatcher; signal: AbortSignal },
): Promise<Response> {
  let address = start;
  for (let redirects = 0; ; redirects += 1) {
    const own = address.origin === start.origin;
    const server = serverOf(address);
    if (!own && !(server && isListed(server, remote.endpoints))) {
      throw sentElsewhere(remote, server ? originOf(server) : address.protocol);
    }
    const dispatcher = connect(address);
    let response: Response;
    try {
      const request = { method: 'HEAD', headers: own ? headers : {}, redirect: 'manual', signal } as const;
      response = await fetch(address, { ...request, dispatcher });
    } finally {
      await dispatcher.destroy(); // an answer to HEAD is nothing but its head
    }
    const next = response.headers.get('location');
    if (next === null || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    if (redirects === mostRedirects) throw new Error(`sent on ${redirects} times`);
    address = new URL(next, address);
  }
}

type Environment = Readonly<Record<string, string>>;

/** PEM certificates: those that DVC trusts. */
async function authorities(env: Environment): Promise<string | string[]> {
  return env.SSL_CERT_FILE
    ? await readCertificates(env.SSL_CERT_FILE, 'SSL_CERT_FILE')
    : [...getCACertificates('default'), ...getCACertificates('system')];
}

/** By the proxy that DVC goes by, if any. @throws {FetchFailure} `configuration` where it is none that could be used */
function connectTo(
  { origin }: URL,
  env: Environment,
  { ca, lookup }: { ca: string | string[]; lookup: LookupFunction },
): Dispatcher {
  const uri = proxyFor(origin, env);
  return uri === null
    ? new Agent({ connect: { ca, lookup } })
    : new ProxyAgent({ uri, requestTls: { ca }, proxyTls: { ca } });
}

function deepest(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error;
  return cause instanceof Error ? deepest(cause) : (error as NodeJS.ErrnoException);
}
