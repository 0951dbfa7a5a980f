/**
 * What DVC's refusals mean. DVC ends with 1 or 255 for all of them and says the cause only in words, so this is, with
 * git's table, the exception to the rule that nothing is matched by message text: in one place, and only where no fact
 * (a file that is there or not, free space, a hash) decides. The first row that matches counts.
 */
import type { ExitName } from '../failure/exit-codes.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { scratchFull } from '../failure/scratch-full.ts';
import { lastLines } from '../process/run-process.ts';
import { notAllowed } from '../remote/allowed-servers.ts';
import type { Remote } from '../remote/choose-remote.ts';
import { remoteType } from '../remote/types.ts';
import { refusedConnection } from './guard-addresses.ts';
import { refusedRequest } from './guard-requests.ts';
import { unguarded } from './sitecustomize.ts';

interface Row {
  matches: RegExp;
  exit: ExitName;
  /** `name` is the remote's as people get to read it. */
  sentence(name: string, remote: Remote): string;
}

const noSpace = /No space left on device|\[Errno 28\]|Disk quota exceeded|\[Errno 122\]/;

const rows: Row[] = [
  {
    matches: unguarded,
    exit: 'configuration',
    sentence: () =>
      "the installed DVC has libraries whose requests this fetcher can't check: use the fetcher image, or the versions of requirements/dvc.txt",
  },
  {
    matches: /requires these missing dependencies|is supported, but requires|unsupported URL|No module named/i,
    exit: 'configuration',
    sentence: (name, { type }) =>
      `the installed DVC can't read ${name}: use a fetcher image that was built with --build-arg DVC_EXTRAS=${remoteType(type).extra ?? type}`,
  },
  {
    matches: /Host key is not trusted|HostKeyNotVerifiable|Host key (?:verification|validation) failed/i,
    exit: 'notAuthorised',
    sentence: (name) =>
      `the server of ${name} has a host key that is not in known_hosts: put its line (ssh-keyscan, with -p for a port other than 22) as known_hosts into the Secret that dvc.io/remote-secret names (default dvc-remote-credentials)`,
  },
  {
    matches:
      /Unable to locate credentials|NoCredentialsError|PartialCredentials|credentials (?:were )?not (?:found|refreshed)|The config profile|AssumeRole|DefaultCredentialsError|requires either account_name|Anonymous caller/i,
    exit: 'notAuthorised',
    sentence: (name, remote) => `${name} needs credentials and none are given: ${whatToCheck(remote)}`,
  },
  {
    // S3 answers 403 for an absent object too where the user may not list the bucket, and 400 for an expired token.
    matches:
      /\b40[13]\b|Forbidden|Access ?Denied|InvalidAccessKeyId|XAdminUserNotFound|SignatureDoesNotMatch|Expired ?Token|InvalidToken|An error occurred \(40[01]\)|Unauthorized|AuthenticationFailed|Authentication to Azure|invalid_grant|Permission denied|\[Errno 13\]/i,
    exit: 'notAuthorised',
    sentence: refused,
  },
  {
    matches: /NoSuchBucket/,
    exit: 'notFound',
    sentence: (name) => `the bucket of ${name} does not exist: check the url in the commit's .dvc/config`,
  },
  {
    matches: /An error occurred \((?:30[12378]|PermanentRedirect|TemporaryRedirect)\)/,
    exit: 'unreachable',
    sentence: (name) =>
      `${name} sends its clients to another address, where no credentials are taken: check endpointurl and region in the commit's .dvc/config`,
  },
  {
    matches: /CERTIFICATE_VERIFY_FAILED|SSL validation failed|SSLError/i,
    exit: 'unreachable',
    sentence: unverified,
  },
  {
    matches:
      /Could not connect|Failed to connect|Connect(?:ion)? ?(?:Time(?:d )?out|refused|reset|was closed|aborted)|timed out|Read ?timeout|Name or service not known|Temporary failure in name resolution|Network is unreachable|No route to host|\(50[0-4]\)|Internal ?(?:Server )?Error|SlowDown|ServiceUnavailable|reached max retries|Server disconnected|Cannot connect|Connect call failed|Connection lost|All connection attempts failed|IncompleteRead|payload is not completed/i,
    exit: 'unreachable',
    sentence: unreachable,
  },
];

function refused(name: string, remote: Remote): string {
  return `${name} refused the credentials: ${whatToCheck(remote)}; they must be allowed to get and list`;
}

function unverified(name: string): string {
  return `the TLS certificate of ${name} can't be verified: give its CA by --ca-bundle (fetcher.caBundle)`;
}

function unreachable(name: string): string {
  return `${name} can't be reached: check its address, the proxy and the NetworkPolicies of the namespace`;
}

/** The same failures where a fact tells them and not DVC's words. */
export function remoteFailure(
  kind: 'refused' | 'unverified' | 'unreachable',
  remote: Remote,
  details: string,
): FetchFailure {
  const exit: ExitName = kind === 'refused' ? 'notAuthorised' : 'unreachable';
  return new FetchFailure(exit, { refused, unverified, unreachable }[kind](remoteName(remote), remote), {
    details: [details],
  });
}

/** The failure of a remote that sends its clients to another server. */
export function sentElsewhere(remote: Remote, origin: string): FetchFailure {
  return new FetchFailure(
    'usage',
    `${remoteName(remote)} sends its clients on to ${origin}, which ${notAllowed('it')}`,
  );
}

function whatToCheck({ type }: Remote): string {
  const secret = 'check the Secret that dvc.io/remote-secret names (default dvc-remote-credentials)';
  return remoteType(type).variables.length > 0 ? `${secret} or the ServiceAccount's cloud role` : secret;
}

/** How the remote is called in sentences. */
export function remoteName(remote: Remote): string {
  const at = remote.settings.endpointurl === undefined ? '' : ` at ${remote.settings.endpointurl}`;
  return `the DVC remote "${remote.name}" (${remote.settings.url}${at})`;
}

/** The failure that DVC's stderr tells of, or undefined where it tells of none. */
export function dvcFailure(stderr: string, remote: Remote): FetchFailure | undefined {
  const elsewhere = refusedRequest.exec(stderr)?.[1];
  if (elsewhere !== undefined) return sentElsewhere(remote, elsewhere);
  const refused = refusedConnection(stderr);
  if (refused !== null) return new FetchFailure('usage', `${remoteName(remote)} ${refused}`);
  // The repository chose its url, and a bucket may well be called forbidden-403.
  const spoken = Object.values(remote.settings).reduce((text, value) => text.replaceAll(value, '…'), stderr);
  if (noSpace.test(spoken)) return scratchFull(stderrTail(stderr));
  const row = rows.find(({ matches }) => matches.test(spoken));
  if (!row) return undefined;
  return new FetchFailure(row.exit, row.sentence(remoteName(remote), remote), { details: stderrTail(stderr) });
}

/** DVC's last words, for the log, without its good wishes. */
export function stderrTail(stderr: string): string[] {
  return lastLines(stderr.replaceAll(/^Having any troubles\?.*$/gm, ''));
}
