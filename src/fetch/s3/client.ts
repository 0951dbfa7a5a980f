/** Signed GET requests over a few dozen kept connections, with retries: what makes 6,400 small objects a matter of seconds. */
import type { Dispatcher } from 'undici';
import { type Answer, dropAnswer, openAnswer } from './answer.ts';
import type { Bucket } from './bucket.ts';
import { FallBackToDvc } from './fall-back.ts';
import { type EndpointOptions, endpointOf, movedTo, type RegionalEndpoint } from './regional-endpoint.ts';
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
  const ask = async (path: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    for (let moves = 0; moves <= mostMoves; moves += 1) {
      const sent: RegionalEndpoint = endpoint; // others may meet the same answer, and move on while this one waits for it
      const headers = await sent.headers(path);
      const answer = await sent.dispatcher.request({ origin: sent.origin, path, method: 'GET', headers, signal });
      const isOther = answer.statusCode !== 200 && answer.statusCode !== 404;
      const moved = isOther ? movedTo(sent, answer.headers['x-amz-bucket-region']) : null;
      if (!moved) return answer;
      await dropAnswer(answer);
      goTo(moved);
    }
    throw new FallBackToDvc('the bucket moves from region to region');
  };
  const attempt = async <T>(path: string, use: (answer: Answer) => Promise<T>, signal: AbortSignal) => {
    const response = await ask(path, signal);
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
  return {
    get: (path, use, signal) =>
      withRetries(() => attempt(`${bucket.base}/${path}`, use, signal), options.patienceSeconds, signal),
    async close() {
      await Promise.all([...endpoints.values()].map(({ dispatcher }) => dispatcher.destroy()));
    },
  };
}
