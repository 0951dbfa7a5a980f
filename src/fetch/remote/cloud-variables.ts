/**
 * The variables by which a cloud's libraries get credentials, each looked at before it reaches one: an address among them
 * is a server like any that a repository names, and a region or an account becomes part of a host's name.
 */
import { hasControl } from '../../text.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { endpointProblem, type Server } from './allowed-servers.ts';
import { azureEndpoints, isAuthorityHost } from './azure-hosts.ts';
import type { Remote } from './choose-remote.ts';
import { isS3Host, isStsHost } from './s3-hosts.ts';
import { type Check, remoteType } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of which a host's name is made. */
const forms: Readonly<Record<string, Check>> = {
  AWS_REGION: (value) => /^[a-z0-9-]{1,32}$/.test(value),
  AWS_DEFAULT_REGION: (value) => /^[a-z0-9-]{1,32}$/.test(value),
  AZURE_STORAGE_ACCOUNT: (value) => /^[a-z0-9]{3,24}$/.test(value),
};

/** Variables that hold an address, and whose hosts may stand there without the admin's list. */
const addresses: Readonly<Record<string, (host: string) => boolean>> = {
  AWS_ENDPOINT_URL: isS3Host,
  AWS_ENDPOINT_URL_S3: isS3Host,
  AWS_ENDPOINT_URL_STS: isStsHost,
  AZURE_AUTHORITY_HOST: isAuthorityHost,
};

/**
 * Those of the remote's type, from the Secret and the environment. An empty one counts as none, and the newline of a Secret
 * that was made from a file as none of it.
 * @throws {FetchFailure} `usage` for a server that is not allowed, `configuration` for a value that can't be one
 */
export function cloudVariables(
  { type, endpoints }: Pick<Remote, 'type' | 'endpoints'>,
  environment: Environment,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of remoteType(type).variables) {
    const value = (environment[name] ?? '').replace(/[\r\n]+$/, '');
    if (value === '') continue;
    if (hasControl(value) || forms[name]?.(value) === false) throw unfit(name);
    found[name] = value;
    for (const [address, isOwn] of addressesIn(name, value)) {
      const problem = endpointProblem(address, endpoints, ({ host }: Server) => isOwn(host));
      if (problem) throw new FetchFailure('usage', `the address in ${name} ${problem}`);
    }
  }
  return found;
}

function addressesIn(name: string, value: string): [address: string, isOwn: (host: string) => boolean][] {
  const isOwn = addresses[name];
  if (isOwn) return [[value, isOwn]];
  return name === 'AZURE_STORAGE_CONNECTION_STRING' ? azureEndpoints(value) : [];
}

function unfit(name: string): FetchFailure {
  return new FetchFailure(
    'configuration',
    `${name} has a value that can't be one: write it on one line, without control characters, into the Secret that dvc.io/remote-secret names`,
  );
}
