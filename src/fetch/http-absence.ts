/** Asks an HTTP remote itself where DVC says that an object is not there: its HTTP client says that of any refusal. */
import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { DvcContext } from './dvc.ts';
import { remoteFailure } from './dvc-failures.ts';
import type { FetchFailure } from './failure.ts';
import type { Remote } from './remote.ts';

const patience = 60_000;

/**
 * Why the remote did not give the object at `path` (relative to its url), or null where it has none, which is so for
 * every other type: their clients tell a refusal from an absence (source: fsspec, HTTPFileSystem._exists).
 */
export async function httpRefusal(
  remote: Remote,
  path: string,
  { env, signal }: Pick<DvcContext, 'env' | 'signal'>,
  headers: Readonly<Record<string, string>>,
): Promise<FetchFailure | null> {
  if (remote.type !== 'http' && remote.type !== 'https') return null;
  const dispatcher = await agentOf(env);
  try {
    const response = await fetch(`${remote.settings.url?.replace(/\/+$/, '')}/${path}`, {
      method: 'HEAD',
      headers,
      dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    const { status } = response;
    if (status === 404 || status === 410) return null;
    const kind = status === 401 || status === 403 ? 'refused' : 'unreachable';
    return remoteFailure(kind, remote, `HEAD ${path} was answered with ${status}`);
  } catch (error) {
    signal.throwIfAborted();
    const { code = '', message } = deepest(error);
    const kind = /CERT|SIGNATURE|ERR_TLS|ERR_SSL/.test(code) ? 'unverified' : 'unreachable';
    return remoteFailure(kind, remote, `HEAD ${path} failed: ${code} ${message}`);
  } finally {
    await dispatcher.destroy();
  }
}

/** As DVC goes: by the same proxies, with the same authorities. */
async function agentOf(env: Readonly<Record<string, string>>): Promise<EnvHttpProxyAgent> {
  const ca = env.SSL_CERT_FILE
    ? await readFile(env.SSL_CERT_FILE, 'utf8')
    : [...getCACertificates('default'), ...getCACertificates('system')];
  return new EnvHttpProxyAgent({
    httpProxy: env.http_proxy ?? '',
    httpsProxy: env.https_proxy ?? '',
    noProxy: env.no_proxy ?? '',
    connect: { ca },
    requestTls: { ca },
    proxyTls: { ca },
  });
}

function deepest(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error;
  return cause instanceof Error ? deepest(cause) : (error as NodeJS.ErrnoException);
}
