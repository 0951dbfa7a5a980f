/** How far the fetch is: a line every few seconds in the log, and the same in the state file for those who wait. */
import type { Log } from './log.ts';

/** What a fetch is doing. */
export const phases = {
  waiting: 'waiting for another fetcher of the same dataset',
  check: 'looking for what an earlier fetch left',
  commit: 'fetching the commit with git',
  dataset: "reading the dataset's list of files",
  cache: "looking for objects in the volume's cache",
  pull: 'pulling objects with DVC',
  publish: 'writing files to the volume',
} as const;

export type Phase = keyof typeof phases;

export interface ProgressFigures {
  phase: Phase;
  files: number;
  /** How many there will be; 0 where the phase has no files. */
  of: number;
  bytes: number;
}

/** One fetch's progress. */
export interface Progress {
  /** Begins a phase. `count`, where given, is asked for the number of files done before each line. */
  begin(phase: Phase, of?: number, count?: () => Promise<number>): Promise<void>;
  add(bytes: number): void;
  /** No line and no report comes after this. */
  stop(): Promise<void>;
}

const interval = 5_000;

/** `report` is told at the beginning of each phase and with each line. */
export function startProgress(log: Log, report: (figures: ProgressFigures) => Promise<void>): Progress {
  let figures: ProgressFigures = { phase: 'check', files: 0, of: 0, bytes: 0 };
  let count: (() => Promise<number>) | undefined;
  let reporting: Promise<void> = Promise.resolve();
  const tick = async () => {
    if (count) figures = { ...figures, files: await count() };
    log.info(figuresFor(figures), phases[figures.phase]);
    await report(figures);
  };
  // One after the other, and an error here must not end the fetch: the next write to the volume tells it better.
  const enqueue = () => {
    reporting = reporting
      .then(tick)
      .catch((error) => log.debug({ error: String(error) }, 'no progress could be reported'));
    return reporting;
  };
  const timer = setInterval(enqueue, interval);
  return {
    async begin(phase, of = 0, counter) {
      await reporting;
      figures = { phase, files: 0, of, bytes: 0 };
      count = counter;
      await enqueue();
    },
    add(bytes) {
      figures.files += 1;
      figures.bytes += bytes;
    },
    async stop() {
      clearInterval(timer);
      await reporting;
    },
  };
}

/** The figures without those that say nothing in this phase. */
export function figuresFor({ phase, files, of, bytes }: ProgressFigures): Record<string, unknown> {
  return { phase, ...(of > 0 ? { files, of } : {}), ...(bytes > 0 ? { bytes } : {}) };
}
