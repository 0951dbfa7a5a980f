/**
 * What git's refusals mean. git has one exit code (128) for all of them and no other channel, so this is, with DVC's
 * table, the exception to the rule that nothing is matched by message text: in one place, under LC_ALL=C, and only to
 * choose between sentences. The first row that matches counts.
 */
import type { Repository } from '../../dataset/repository.ts';
import type { ExitName } from '../failure/exit-codes.ts';
import { FetchFailure } from '../failure/fetch-failure.ts';
import { scratchFull } from '../failure/scratch-full.ts';
import { lastLines } from '../process/run-process.ts';

interface Row {
  matches: RegExp;
  exit: ExitName;
  sentence(repository: string, revision: string): string;
}

const secretAdvice =
  "check the Secret that dvc.io/git-secret names (default dvc-git-credentials) in the pod's namespace";

/** The server doesn't give commits by sha, but may still have it on a branch. */
export const refusesShas =
  /does not allow request for unadvertised object|dumb http transport does not support shallow|does not support shallow/i;

/**
 * Said by words too: git removes its half-written pack, after which the scratch has room again, and of a quota the file
 * system's own figures say nothing. What the server says of its own disk git prints behind `remote:`.
 */
const noRoom = /^(?!remote:).*(?:no space left on device|disk quota exceeded)/im;

const rows: Row[] = [
  {
    matches: /not our ref|couldn't find remote ref|no such remote ref|bad object|unadvertised object/i,
    exit: 'notFound',
    sentence: noCommit,
  },
  {
    matches: /transport '[^']*' not allowed|protocol '[^']*' is not supported/i,
    exit: 'usage',
    sentence: (repository) => `the scheme of ${repository} is not allowed here: use https or ssh`,
  },
  {
    matches: /host key verification failed|no .* host key is known|remote host identification has changed/i,
    exit: 'notAuthorised',
    sentence: (repository) =>
      `the git server of ${repository} has a host key that is not in known_hosts: put its line (ssh-keyscan) as known_hosts into the Secret that dvc.io/git-secret names`,
  },
  {
    matches: /no user exists for uid/i,
    exit: 'configuration',
    sentence: () => 'ssh needs a passwd entry for the UID it runs as: run the fetcher as 65532, or use an https URL',
  },
  {
    matches: /could not read (?:username|password)|terminal prompts disabled/i,
    exit: 'notAuthorised',
    sentence: (repository) =>
      `the git server asks for credentials for ${repository} and none are given: ${secretAdvice}`,
  },
  {
    matches:
      /authentication failed|permission denied \(|invalid credentials|access denied|returned error: 40[13]|HTTP Basic: Access denied|load key .* (?:invalid format|error in libcrypto)|too many authentication failures/i,
    exit: 'notAuthorised',
    sentence: (repository) => `the git server refused the credentials for ${repository}: ${secretAdvice}`,
  },
  {
    matches: /certificate|SSL|TLS/,
    exit: 'unreachable',
    sentence: (repository) =>
      `the TLS certificate of the git server of ${repository} can't be verified: give its CA by --ca-bundle (fetcher.caBundle)`,
  },
  {
    matches:
      /could ?n[o']t resolve|SOCKS5 connection|failed to connect|couldn't connect|CONNECT tunnel failed|connection (?:refused|timed out|reset|closed)|timed out|network is unreachable|no route to host|the remote end hung up|early EOF|RPC failed|returned error: 5\d\d|operation too slow|empty reply|transfer closed|port \d+: /i,
    exit: 'unreachable',
    sentence: (repository) =>
      `the git server of ${repository} can't be reached: check its address, the proxy and the NetworkPolicies of the namespace`,
  },
  {
    matches: /dubious ownership/i,
    exit: 'notAuthorised',
    sentence: (repository) => `git refuses ${repository}, as it belongs to another user`,
  },
  {
    matches:
      /does not appear to be a git repository|repository .*not found|not found|does not exist|no such file or directory|could not read from remote repository/i,
    exit: 'notFound',
    sentence: (repository) =>
      `there is no repository ${repository}, or these credentials may not see it: check the URL and the Secret that dvc.io/git-secret names`,
  },
];

/** What is said of a commit that isn't there, whether the server says so or what it sent. */
export function noCommit(repository: string, revision: string): string {
  return `the repository ${repository} has no commit ${revision}: push it, or write the sha of one that is pushed`;
}

/** The failure of a command that only works on scratch; undefined where git tells of none there. */
export function scratchFailure(stderr: string): FetchFailure | undefined {
  return noRoom.test(stderr) ? scratchFull(lastLines(stderr)) : undefined;
}

/** The failure that git's stderr tells of. */
export function gitFailure(stderr: string, repository: Repository, revision: string): FetchFailure {
  const details = lastLines(stderr);
  // git repeats the address, and a repository may well be called ssl-not-found.
  const path = /^[a-z]+:\/\/[^/]*(\/.+)$/i.exec(repository.url)?.[1];
  const spoken = [repository.url, ...(path ? [path] : [])].reduce((text, part) => text.replaceAll(part, '…'), stderr);
  if (noRoom.test(spoken)) return scratchFull(details);
  const row = rows.find(({ matches }) => matches.test(spoken));
  if (row) return new FetchFailure(row.exit, row.sentence(repository.canonical, revision), { details });
  return new FetchFailure(
    'unreachable',
    `git could not fetch ${repository.canonical}: ${details.at(-1) ?? 'it says nothing'}`,
    { details },
  );
}
