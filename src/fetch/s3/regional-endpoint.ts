/** Where requests for a bucket go, and how: it may turn out that this is another region than its settings say. */
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici';
import { guardedLookup } from '../remote/addresses.ts';
import { proxyFor } from '../remote/proxy.ts';
import { s3HostIn } from '../remote/s3-hosts.ts';
import type { Bucket } from './bucket.ts';
import { FallBackToDvc } from './fall-back.ts';
import { reasonOf } from './retry.ts';
import { Sha256 } from './sha256.ts';

/** One region's host, with the connections to it. */
export interface RegionalEndpoint {
  origin: string;
  region: string;
  dispatcher: Dispatcher;
  /** What such a request carries. @throws {FallBackToDvc} where there are no credentials */
  headers(request: S3Request): Promise<Record<string, string>>;
}

/** A request without a body. */
export interface S3Request {
  method: 'GET' | 'HEAD';
  /** Encoded, from the origin on, and without a query. */
  path: string;
  query: Readonly<Record<string, string>>;
}

export interface EndpointOptions {
  credentials: AwsCredentialIdentityProvider;
  /** Requests in flight. */
  connections: number;
  /** Proxies are taken from here. */
  environment: Readonly<Record<string, string>>;
  /** PEM certificates to trust, all of them. */
  ca: string | undefined;
  /** The servers that the admin listed: only they may be at a loopback or link-local address. */
  listed: readonly string[];
  connectSeconds: number;
  /** The longest silence of the server. */
  readSeconds: number;
}

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Opens no connection yet. @throws {FetchFailure} `configuration` where the proxy for it can't be used */
export function endpointOf(
  { origin, region, signed }: Pick<Bucket, 'origin' | 'region' | 'signed'>,
  options: EndpointOptions,
): RegionalEndpoint {
  const { host, hostname, protocol } = new URL(origin);
  const dispatcher = connect(origin, options);
  if (!signed) return { origin, region, dispatcher, headers: async () => ({ host }) };
  const { credentials } = options;
  const rules = { uriEscapePath: false, applyChecksum: false };
  const signer = new SignatureV4({ service: 's3', region, credentials, sha256: Sha256, ...rules });
  const unsigned = { host, 'x-amz-content-sha256': emptyHash };
  return {
    origin,
    region,
    dispatcher,
    async headers({ method, path, query }) {
      try {
        const request = { method, protocol, hostname, path, query: { ...query }, headers: unsigned };
        return (await signer.sign(request)).headers;
      } catch (error) {
        throw new FallBackToDvc(`no credentials for S3: ${reasonOf(error)}`, { cause: error });
      }
    },
  };
}

/** The bucket where its server says that it is; null where it says nothing new, or is none of the cloud's own. */
export function movedTo(sent: RegionalEndpoint, region: unknown): Pick<Bucket, 'origin' | 'region'> | null {
  if (typeof region !== 'string' || region === sent.region || !/^[a-z0-9-]{1,32}$/.test(region)) return null;
  const { host, protocol } = new URL(sent.origin);
  const other = s3HostIn(host, sent.region, region);
  return other === null ? null : { origin: `${protocol}//${other}`, region };
}

function connect(origin: string, options: EndpointOptions): Dispatcher {
  const { connections, environment, ca, listed, connectSeconds, readSeconds } = options;
  const settings = {
    connections,
    pipelining: 1,
    headersTimeout: readSeconds * 1000,
    bodyTimeout: readSeconds * 1000,
    connect: { timeout: connectSeconds * 1000, ...(ca === undefined ? {} : { ca }) },
  };
  const uri = proxyFor(origin, environment);
  if (uri === null) return new Agent({ ...settings, connect: { ...settings.connect, lookup: guardedLookup(listed) } });
  const tls = ca === undefined ? {} : { requestTls: { ca }, proxyTls: { ca } };
  const factory = (to: URL | string, own: object) => new Pool(to, { ...settings, ...own });
  return new ProxyAgent({ ...settings, ...tls, connectTimeout: connectSeconds * 1000, uri, factory });
}
