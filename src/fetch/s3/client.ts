/** Signed GET requests over a few dozen kept connections, with retries: what makes 6,400 small objects a matter of seconds. */
import { setTimeout as delay } from 'node:timers/promises';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { FetchFailure } from '../failure.ts';
import type { Bucket } from './bucket.ts';
import { HandOver } from './hand-over.ts';

/** A client of one bucket. */
export interface S3Client {
  /**
   * Asks for the object at `path` below the bucket's base and gives the answer to `use`, again after a failure of the
   * network, of the server or of `use`; null where there is no such object.
   * @throws {HandOver} where no further attempt would help
   */
  get<T>(path: string, use: (answer: Answer) => Promise<T>, signal: AbortSignal): Promise<T | null>;
  close(): Promise<void>;
}

/** Its body is read once, in the one way or the other. */
export interface Answer {
  /** In bytes, as the server says; null where it doesn't. */
  length: number | null;
  body: AsyncIterable<Buffer>;
  /** All of a body whose length is known to be small: with less for the processor to do than `body`. */
  whole(): Promise<Buffer>;
}

export interface S3ClientOptions {
  credentials: AwsCredentialIdentityProvider;
  /** Requests in flight. */
  connections: number;
  /** Proxies are taken from here. */
  environment: Readonly<Record<string, string>>;
  /** PEM certificates to trust, all of them. */
  ca: string | undefined;
  connectSeconds: number;
  /** The longest silence of the server. */
  readSeconds: number;
}

const attempts = 5;
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** A connection that gives less than this is taken for dead, in bytes per second. */
const slowest = 1024;

/** Opens no connection before the first request. */
export function s3Client(bucket: Bucket, options: S3ClientOptions): S3Client {
  const dispatcher = connect(options);
  let { origin, region } = bucket;
  const signers = new Map<string, SignatureV4>();
  const signerFor = (of: string) => {
    const known = signers.get(of);
    if (known) return known;
    const sha256 = Hash.bind(null, 'sha256');
    const { credentials } = options;
    const signer = new SignatureV4({
      service: 's3',
      region: of,
      credentials,
      sha256,
      uriEscapePath: false,
      applyChecksum: false,
    });
    signers.set(of, signer);
    return signer;
  };
  const ask = async (path: string, signal: AbortSignal) => {
    const host = new URL(origin).host;
    const unsigned = { host, 'x-amz-content-sha256': emptyHash };
    const headers = bucket.signed ? await signed(signerFor(region), origin, path, unsigned) : { host };
    return dispatcher.request({ origin, path, method: 'GET', headers, signal });
  };
  const moved = (answer: Dispatcher.ResponseData) => {
    // Buckets of another region say which one; nothing else is ever followed.
    const other = answer.headers['x-amz-bucket-region'];
    if (typeof other !== 'string' || other === region || !/^[a-z0-9-]{1,32}$/.test(other)) return false;
    if (!origin.endsWith('.amazonaws.com')) return false;
    origin = origin.replace(`.${region}.`, `.${other}.`).replace(`//s3.${region}.`, `//s3.${other}.`);
    region = other;
    return true;
  };
  const attempt = async <T>(path: string, use: (answer: Answer) => Promise<T>, signal: AbortSignal) => {
    const answer = await ask(path, signal);
    const { statusCode: status, headers, body } = answer;
    if (status !== 200) {
      await body.dump();
      if (status === 404) return { result: null };
      if (moved(answer)) return null;
      if (status === 429 || status >= 500) throw new Error(`S3 answers ${status}`);
      throw new HandOver(`S3 answers ${status}`);
    }
    const written = headers['content-length'];
    const length = typeof written === 'string' && /^[0-9]{1,15}$/.test(written) ? Number(written) : null;
    let received = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        received += chunk.length;
        yield chunk;
      }
    }
    const whole = () =>
      new Promise<Buffer>((resolve, reject) => {
        const chunks: Buffer[] = [];
        body.once('error', reject);
        body.once('close', () => reject(new Error('S3 breaks off'))); // which after the end is no news
        body.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
        body.on('data', (chunk: Buffer) => {
          received += chunk.length;
          chunks.push(chunk);
        });
      });
    // A trickle never falls silent, so silence alone would not end it.
    let before = 0;
    const timer = setInterval(() => {
      if (received - before < slowest * options.readSeconds) body.destroy(new Error('S3 answers too slowly'));
      before = received;
    }, options.readSeconds * 1000);
    try {
      return { result: await use({ length, body: counted(), whole }) };
    } finally {
      clearInterval(timer);
      body.on('error', () => {}).destroy(); // no more than a no-op after a body that was read
    }
  };
  return {
    async get(path, use, signal) {
      for (let tried = 1; ; tried += 1) {
        signal.throwIfAborted();
        try {
          const done = await attempt(`${bucket.base}/${path}`, use, signal);
          if (done) return done.result;
        } catch (error) {
          signal.throwIfAborted();
          if (error instanceof HandOver || !worthRetrying(error)) throw error;
          if (tried === attempts)
            throw new HandOver(`no object after ${attempts} attempts: ${reason(error)}`, { cause: error });
        }
        if (tried > 2 * attempts) throw new HandOver('the bucket moves from region to region');
        await delay(100 * 2 ** tried * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function connect({ connections, environment, ca, connectSeconds, readSeconds }: S3ClientOptions): Dispatcher {
  const settings = {
    connections,
    pipelining: 1,
    headersTimeout: readSeconds * 1000,
    bodyTimeout: readSeconds * 1000,
    connect: { timeout: connectSeconds * 1000, ...(ca === undefined ? {} : { ca }) },
  };
  const variable = (name: string) => environment[name.toLowerCase()] || environment[name.toUpperCase()];
  const [httpProxy, httpsProxy] = [variable('http_proxy'), variable('https_proxy')];
  if (!httpProxy && !httpsProxy) return new Agent(settings);
  const tls = ca === undefined ? {} : { requestTls: { ca }, proxyTls: { ca } };
  return new EnvHttpProxyAgent({
    ...settings,
    ...tls,
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    noProxy: variable('no_proxy') ?? '',
  });
}

async function signed(
  signer: SignatureV4,
  origin: string,
  path: string,
  headers: Record<string, string>,
): Promise<Record<string, string>> {
  const { protocol, hostname } = new URL(origin);
  try {
    return (await signer.sign({ method: 'GET', protocol, hostname, path, query: {}, headers })).headers;
  } catch (error) {
    throw new HandOver(`no credentials for S3: ${reason(error)}`, { cause: error });
  }
}

/** Errors of our own disk name a path, and no second request mends them. */
function worthRetrying(error: unknown): boolean {
  return !(error instanceof FetchFailure) && (error as NodeJS.ErrnoException).path === undefined;
}

function reason(error: unknown): string {
  return error instanceof Error
    ? error.message || String((error as NodeJS.ErrnoException).code ?? error.name)
    : String(error);
}
