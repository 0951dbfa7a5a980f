/** What `check` finds out about one dataset: the form of its JSON, which others may read. */
import type { FetchFailure } from '../fetch/failure/fetch-failure.ts';

/** A file whose object the remote lacks. */
export interface MissingFile {
  path: string;
  hash: string;
}

/** A line of the list that names no file. */
export interface BadLine {
  /** 1-based. */
  line: number;
  text: string;
  reason: string;
}

/** Credentials that were used: where they are from, never what they are. */
export interface UsedCredentials {
  for: 'git' | 'remote';
  from: string;
}

/** How long a fetch takes and what it needs, from rates that are assumed. */
export interface Estimate {
  seconds: number;
  /** The least scratch with which the fetch works. */
  scratchBytes: number;
  assumed: { filesPerSecond: number; bytesPerSecond: number };
}

export interface DatasetReport {
  /** As it was written, with the repository's address in its canonical form. */
  dataset: string;
  ok: boolean;
  /** What `fetch` would end with. */
  exitCode: number;
  /** One sentence. */
  message: string;
  /** That of the first output; null where the commit could not be read. */
  remote: { name: string; type: string; url: string } | null;
  credentials: UsedCredentials[];
  outputs: { path: string; oid: string; remote: string }[];
  /** Null where the commit could not be read. */
  files: number | null;
  /** Null where nobody tells the lengths. */
  bytes: number | null;
  /** Whether `bytes` is what the metadata says of the whole, and so a guess for a part of it. */
  bytesAreEstimated: boolean;
  largestFile: { path: string; bytes: number } | null;
  missing: MissingFile[];
  badLines: BadLine[];
  /** What a fetch would not transfer; null without a volume. */
  onVolume: { files: number; bytes: number } | null;
  estimate: Estimate | null;
}

/** A report that knows no more than its dataset. */
export function emptyReport(dataset: string): DatasetReport {
  return {
    dataset,
    ok: true,
    exitCode: 0,
    message: '',
    remote: null,
    credentials: [],
    outputs: [],
    files: null,
    bytes: null,
    bytesAreEstimated: false,
    largestFile: null,
    missing: [],
    badLines: [],
    onVolume: null,
    estimate: null,
  };
}

/** The report's end where a fetch would fail so. */
export function failed(report: DatasetReport, failure: FetchFailure, exitCode: number): DatasetReport {
  return { ...report, ok: false, exitCode, message: failure.message };
}
