/** Signed GET requests over a few dozen kept connections, with retries: what makes 6,400 small objects a matter of seconds. */
import type { Dispatcher } from 'undici';
import { type Answer, dropAnswer, openAnswer } from './answer.ts';
import { type Bucket, encodeSegment } from './bucket.ts';
import { FallBackToDvc } from './fall-back.ts';
import { type ListPage, readListPage } from './list-page.ts';
import {
  type EndpointOptions,
  endpointOf,
  movedTo,
  type RegionalEndpoint,
  type S3Request,
} from './regional-endpoint.ts';
import { RetryableResponse, withRetries } from './retry.ts';

export type { Answer } from './answer.ts';

/** A client of one bucket. */
export interface S3Client {
  /**
   * Asks for the object at `path` below the bucket's base and gives the answer to `use`, again after a failure of the
   * network, of the server or of `use`; null where there is no such object. `use` reads it at once or not at all.
   * @throws {FallBackToDvc} where no further attempt would help, or it was waited long enough
   */
  get<T>(path: string, use: (answer: Answer) => Promise<T>, signal: AbortSignal): Promise<T | null>;
  /** The length of the object at `path` in bytes, without its data; null where there is none. @throws as `get` */
  head(path: string, signal: AbortSignal): Promise<{ length: number | null } | null>;
  /**
   * Up to a thousand objects whose paths begin with `prefix`, behind the page that gave `after`.
   * @throws as `get`, also where the credentials don't allow it
   */
  list(prefix: string, after: string | null, signal: AbortSignal): Promise<ListPage>;
  close(): Promise<void>;
}

export interface S3ClientOptions extends EndpointOptions {
  /** How long a trouble is ridden out, if a few attempts don't take longer. */
  patienceSeconds: number;
}

/** From where the settings point to where the bucket is; any further would be a circle. */
const mostMoves = 3;

/** Opens no connection before the first request. @throws {FetchFailure} as `endpointOf` */
export function s3Client(bucket: Bucket, options: S3ClientOptions): S3Client {
  let endpoint = endpointOf(bucket, options);
  const endpoints = new Map([[endpoint.region, endpoint]]);
  const goTo = (other: Pick<Bucket, 'origin' | 'region'>) => {
    endpoint = endpoints.get(other.region) ?? endpointOf({ ...bucket, ...other }, options);
    endpoints.set(other.region, endpoint);
  };
  /** Follows to the region that the answer names, and nowhere else. */
  const ask = async (request: S3Request, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    for (let moves = 0; moves <= mostMoves; moves += 1) {
      const sent: RegionalEndpoint = endpoint; // others may meet the same answer, and move on while this one waits for it
      const headers = await sent.headers(request);
      const { method, path: plain, query } = request;
      const path = plain + queryText(query);
      const answer = await sent.dispatcher.request({ origin: sent.origin, path, method, headers, signal });
      const isOther = answer.statusCode !== 200 && answer.statusCode !== 404;
      const moved = isOther ? movedTo(sent, answer.headers['x-amz-bucket-region']) : null;
      if (!moved) return answer;
      await dropAnswer(answer);
      goTo(moved);
    }
    throw new FallBackToDvc('the bucket moves from region to region');
  };
  const attempt = async <T>(request: S3Request, use: (answer: Answer) => Promise<T>, signal: AbortSignal) => {
    const response = await ask(request, signal);
    const { statusCode: status, headers } = response;
    if (status !== 200) {
      await dropAnswer(response);
      if (status === 404) return null;
      if (status === 429 || status >= 500) throw new RetryableResponse(status, headers['retry-after']);
      throw new FallBackToDvc(`S3 answers ${status}`);
    }
    const answer = openAnswer(response, options.readSeconds);
    try {
      return await use(answer);
    } finally {
      answer.close();
    }
  };
  const persist = <T>(request: S3Request, use: (answer: Answer) => Promise<T>, signal: AbortSignal) =>
    withRetries(() => attempt(request, use, signal), options.patienceSeconds, signal);
  const object = (method: S3Request['method'], path: string) => ({ method, path: `${bucket.base}/${path}`, query: {} });
  return {
    get: (path, use, signal) => persist(object('GET', path), use, signal),
    head: (path, signal) => persist(object('HEAD', path), async ({ length }) => ({ length }), signal),
    async list(prefix, after, signal) {
      const from = after === null ? {} : { 'continuation-token': after };
      const query = { 'list-type': '2', prefix: bucket.prefix + prefix, ...from };
      const request = { method: 'GET', path: bucket.root || '/', query } as const;
      const text = await persist(request, readAll, signal);
      if (text === null) throw new FallBackToDvc('there is no such bucket');
      return readListPage(text.toString('utf8'));
    },
    async close() {
      await Promise.all([...endpoints.values()].map(({ dispatcher }) => dispatcher.destroy()));
    },
  };
}

/** Encoded and sorted as the signature has it. */
function queryText(query: S3Request['query']): string {
  const parts = Object.keys(query)
    .sort()
    .map((name) => `${encodeSegment(name)}=${encodeSegment(query[name] ?? '')}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

async function readAll({ body }: Answer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
