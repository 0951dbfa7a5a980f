/**
 * What DVC's refusals mean. DVC ends with 1 or 255 for all of them and says the cause only in words, so this is, with
 * git's table, the exception to the rule that nothing is matched by message text: in one place, and only where no fact
 * (a file that is there or not, free space, a hash) decides. The first row that matches counts.
 */
import type { ExitName } from './exit-codes.ts';
import { FetchFailure } from './failure.ts';
import type { Remote } from './remote.ts';

interface Row {
  matches: RegExp;
  exit: ExitName;
  sentence(remote: string): string;
}

const rows: Row[] = [
  {
    matches: /No space left on device|\[Errno 28\]|Disk quota exceeded|\[Errno 122\]/,
    exit: 'io',
    sentence: () => 'the scratch is full: give the fetch more scratch (annotation dvc.io/scratch)',
  },
  {
    matches: /requires these missing dependencies|is supported, but requires|unsupported URL|No module named/i,
    exit: 'configuration',
    sentence: (remote) =>
      `the installed DVC can't use ${remote}: use a fetcher image that was built for this type of remote`,
  },
  {
    matches:
      /Unable to locate credentials|NoCredentialsError|PartialCredentials|credentials (?:were )?not (?:found|refreshed)|The config profile|AssumeRole/i,
    exit: 'notAuthorised',
    sentence: (remote) =>
      `${remote} needs credentials and none are given: check the Secret that dvc.io/remote-secret names (default dvc-remote-credentials) or the ServiceAccount's cloud role`,
  },
  {
    // S3 answers 403 for an absent object too where the user may not list the bucket, and 400 for an expired token.
    matches:
      /\b403\b|Forbidden|Access ?Denied|InvalidAccessKeyId|SignatureDoesNotMatch|Expired ?Token|InvalidToken|An error occurred \(40[01]\)|Unauthorized|Permission denied|\[Errno 13\]/i,
    exit: 'notAuthorised',
    sentence: (remote) =>
      `${remote} refused the credentials: check the Secret that dvc.io/remote-secret names (default dvc-remote-credentials) or the ServiceAccount's cloud role; it must be allowed to get and list`,
  },
  {
    matches: /NoSuchBucket/,
    exit: 'notFound',
    sentence: (remote) => `the bucket of ${remote} does not exist: check the url in the commit's .dvc/config`,
  },
  {
    matches: /CERTIFICATE_VERIFY_FAILED|SSL validation failed|SSLError/i,
    exit: 'unreachable',
    sentence: (remote) =>
      `the TLS certificate of ${remote} can't be verified: give its CA by --ca-bundle (fetcher.caBundle)`,
  },
  {
    matches:
      /Could not connect|Connect(?:ion)? ?(?:Time(?:d )?out|refused|reset|was closed|aborted)|timed out|Read ?timeout|Name or service not known|Temporary failure in name resolution|Network is unreachable|No route to host|\(50[0-4]\)|Internal ?(?:Server )?Error|SlowDown|ServiceUnavailable|reached max retries|Server disconnected|Cannot connect|IncompleteRead|payload is not completed/i,
    exit: 'unreachable',
    sentence: (remote) =>
      `${remote} can't be reached: check its address, the proxy and the NetworkPolicies of the namespace`,
  },
];

/** How the remote is called in sentences. */
export function remoteName(remote: Remote): string {
  const at = remote.settings.endpointurl === undefined ? '' : ` at ${remote.settings.endpointurl}`;
  return `the DVC remote "${remote.name}" (${remote.settings.url}${at})`;
}

/** The failure that DVC's stderr tells of, or undefined where it tells of none. */
export function dvcFailure(stderr: string, remote: Remote): FetchFailure | undefined {
  // The repository chose its url, and a bucket may well be called forbidden-403.
  const spoken = Object.values(remote.settings).reduce((text, value) => text.replaceAll(value, '…'), stderr);
  const row = rows.find(({ matches }) => matches.test(spoken));
  if (!row) return undefined;
  return new FetchFailure(row.exit, row.sentence(remoteName(remote)), { details: stderrTail(stderr) });
}

/** DVC's last words, for the log. */
export function stderrTail(stderr: string): string[] {
  return stderr.trim().split('\n').slice(-10);
}
