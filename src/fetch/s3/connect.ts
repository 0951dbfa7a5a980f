/** The native client of a commit's remote, where it has one: of S3, in a form that we know how to ask. */
import { readCertificates } from '../files/certificates.ts';
import type { Remote } from '../remote/choose-remote.ts';
import { readSeconds } from '../remote/patience.ts';
import { bucketOf } from './bucket.ts';
import { type S3Client, s3Client } from './client.ts';
import { s3Credentials } from './credentials.ts';

/** How long S3's troubles are ridden out before DVC has its try, in seconds; less where the remote is less patient. */
const longestPatience = 30;

/**
 * Null where DVC alone can reach the remote. `env` is that of DVC, so that both have the same credentials;
 * `connections`, how many requests may be in flight.
 * @throws {FetchFailure} `configuration` where the environment names a CA bundle or a proxy that can't be used
 */
export async function connectS3(
  remote: Remote,
  env: Readonly<Record<string, string>>,
  connections: number,
): Promise<S3Client | null> {
  const bucket = remote.type === 's3' ? bucketOf(remote.settings, env) : null;
  if (bucket === null) return null;
  const ca = env.AWS_CA_BUNDLE ? await readCertificates(env.AWS_CA_BUNDLE, 'AWS_CA_BUNDLE') : undefined;
  return s3Client(bucket, {
    credentials: s3Credentials(env, { region: bucket.region, ca, listed: remote.endpoints }),
    connections,
    environment: env,
    ca,
    listed: remote.endpoints,
    connectSeconds: Number(remote.settings.connect_timeout ?? 10),
    readSeconds: readSeconds(remote),
    patienceSeconds: Math.min(longestPatience, readSeconds(remote)),
  });
}
