/** The rows of the table: their letters, and what is known of one when it has been run. */

export const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
export type Letter = (typeof letters)[number];

/** What each row does. */
export const titles: Readonly<Record<Letter, string>> = {
  a: 'today: git clone + dvc pull of everything, on the volume',
  b: "dvc pull of the split's paths, on the volume",
  c: 'ours, cold',
  d: 'ours, second split (half of it is new)',
  e: 'ours, commit with 1 % changed',
  f: 'ours, warm',
  g: 'ours, eight pods at once on two nodes, cold',
  h: 'the floor: plain 64-way copy from S3',
};

/** What one run of a row took. */
export interface Figures {
  seconds: number;
  /** Files that are there afterwards, each checked against its md5. */
  files: number;
  /** Of these, distinct contents that the volume had not before. */
  missing: number;
  s3Objects: number;
  s3Requests: number;
  s3Bytes: number;
  gitRequests: number;
  /** The peak of resident memory of the measured process; of several, the largest. */
  peakRssBytes: number;
  /** Disk blocks in its scratch folder, sampled; null where it has none. */
  peakScratchBytes: number | null;
  /** Processor time in seconds; null where the row is extrapolated. */
  cpu: Cpu | null;
}

/** Who had the processors. */
export interface Cpu {
  /** The measured processes themselves. */
  own: number;
  /** What they ran: git, DVC. */
  tools: number;
  /** Everything else on the machine: the volume, the servers, this benchmark. */
  others: number;
  /** Nobody. */
  idle: number;
}

/** A row of the table. */
export type Row = { letter: Letter } & (
  | (Figures & {
      ok: true;
      /** The seconds of each run; `seconds` is their median. */
      runs: readonly number[];
      /** What the figures were measured on, where `seconds` and `files` are extrapolated from it. */
      extrapolatedFrom: string | null;
    })
  | { ok: false; message: string }
);
