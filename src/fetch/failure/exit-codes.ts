/** How a fetch ends, as sysexits codes: monitoring, tests and the docs tell the cases apart by them. */

export const exitCodes = {
  done: { code: 0, meaning: 'The dataset is published.' },
  usage: { code: 64, meaning: 'Bad reference or flag, or a scheme or endpoint that is not allowed.' },
  dataset: { code: 65, meaning: "Bad dataset: its list, its metadata, or an object whose bytes don't match its hash." },
  notFound: { code: 66, meaning: 'Repository, revision, split or object not found.' },
  unreachable: { code: 69, meaning: "The git server or the DVC remote can't be reached." },
  internal: { code: 70, meaning: 'A bug of dvc-injector.' },
  io: { code: 74, meaning: 'Volume or scratch: an I/O error, full, or not writable.' },
  gaveUp: { code: 75, meaning: 'Gave up waiting for, or gave way to, another fetcher of the same dataset.' },
  notAuthorised: { code: 77, meaning: 'The git server or the DVC remote refused the credentials.' },
  configuration: { code: 78, meaning: 'The configuration is wrong, or git or DVC is absent.' },
  terminated: { code: 143, meaning: 'Stopped by SIGTERM; the scratch volume was emptied.' },
} as const;

export type ExitName = keyof typeof exitCodes;
