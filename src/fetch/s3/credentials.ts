/** The credentials of the native S3 client: the AWS SDK's own chain, so that a Secret, IRSA and Pod Identity all work. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { guardedLookup } from '../remote/addresses.ts';
import { proxyEnvironment, proxyUrls } from '../remote/proxy.ts';

/**
 * The chain, for the environment that DVC gets too. It reads this process's own environment, so the AWS_ variables
 * are put there and all others taken away: above all it gets the empty configuration files, as a real one could name a
 * command to run.
 */
export function s3Credentials(
  environment: Readonly<Record<string, string>>,
  { region, ca, listed }: { region: string; ca: string | undefined; listed: readonly string[] },
): AwsCredentialIdentityProvider {
  for (const name of Object.keys(process.env)) if (isAws(name)) delete process.env[name];
  for (const [name, value] of Object.entries(environment)) if (isAws(name)) process.env[name] = value;
  const proxies = proxyUrls(environment).flatMap((url) => URL.parse(url)?.host ?? []);
  // For STS. What the environment names as this pod's own service of credentials, the SDK asks by clients of its own.
  const agent = {
    keepAlive: true,
    lookup: guardedLookup([...listed, ...proxies]),
    proxyEnv: proxyEnvironment(environment, listed),
  };
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent({ ...agent, ...(ca === undefined ? {} : { ca }) }),
  });
  return defaultProvider({ clientConfig: { region, requestHandler } });
}

function isAws(name: string): boolean {
  return name.startsWith('AWS_');
}
