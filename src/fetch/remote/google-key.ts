/** Reads the key file of a Google service account as data: other kinds of such files name commands to run and addresses to ask. */
import { FetchFailure } from '../failure/fetch-failure.ts';
import { endpointProblem } from './allowed-servers.ts';

/** Where Google's accounts are asked for tokens. */
const tokenHosts = ['oauth2.googleapis.com', 'accounts.google.com', 'www.googleapis.com'];

/**
 * The key's fields. `where` is what people know the Secret as.
 * @throws {FetchFailure} `configuration` where it is no service account's key, `usage` where it has its token from a server
 *   that is not allowed
 */
export function googleKey(text: string, where: string, allowed: readonly string[]): Record<string, unknown> {
  const key = objectIn(text, where);
  // `external_account` asks any address for its token, or runs a program.
  if (key.type !== 'service_account') {
    throw new FetchFailure(
      'configuration',
      `GOOGLE_APPLICATION_CREDENTIALS_DATA of ${where} is no service account's key: make one (gcloud iam service-accounts keys create), or use Workload Identity`,
    );
  }
  const { token_uri: address } = key;
  const isOwn = ({ host }: { host: string }) => tokenHosts.includes(host);
  const problem = address === undefined ? null : endpointProblem(String(address), allowed, isOwn);
  if (problem) {
    throw new FetchFailure('usage', `the token_uri in GOOGLE_APPLICATION_CREDENTIALS_DATA ${problem}`);
  }
  return key;
}

function objectIn(text: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    throw new TypeError('no object');
  } catch (error) {
    throw new FetchFailure(
      'configuration',
      `GOOGLE_APPLICATION_CREDENTIALS_DATA of ${where} is not JSON: it must be the whole key file`,
      { cause: error },
    );
  }
}
