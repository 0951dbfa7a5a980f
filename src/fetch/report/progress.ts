/** How far the fetch is: a line every few seconds in the log, a live one at a terminal, and the state file for waiters. */
import type { Log } from './log.ts';
import { progressLine } from './progress-line.ts';
import type { Clock } from './rate.ts';
import type { Summary } from './summary.ts';
import { type Figures, startTally, startTotal, type Tally } from './tally.ts';

/** What a fetch is doing. */
export const phases = {
  waiting: 'waiting for another fetcher of the same dataset',
  check: 'looking for what an earlier fetch left',
  commit: 'fetching the commit with git',
  dataset: "reading the dataset's list of files",
  cache: "reading what the volume's cache has of it",
  transfer: 'fetching objects and writing files to the volume',
  publish: 'publishing the dataset',
  verify: 'reading every file of the published dataset',
} as const;

export type Phase = keyof typeof phases;

export interface ProgressFigures extends Figures {
  phase: Phase;
}

/** One fetch's progress. */
export interface Progress {
  /** Begins a phase of so many files. */
  begin(phase: Phase, files?: number): Promise<void>;
  /** Objects to download and files to write in the phase `transfer`; may be said before it begins, and said again. */
  expect(work: { objects: number; files: number }): void;
  /** So many bytes arrived on scratch, which are `objects` objects; one unless said. */
  downloaded(bytes: number, objects?: number): void;
  /** One file is written into the unpublished tree. */
  add(bytes: number): void;
  /** One file that the volume has was read, to see what is in it. */
  read(bytes: number): void;
  /** What the whole fetch came to; the totals are the published dataset's. */
  summary(published: { files: number; bytes: number }): Summary;
  /** No line and no report comes after this. */
  stop(): Promise<void>;
}

const logEvery = 5_000;
const drawEvery = 200;

/**
 * `report` is told at the beginning of each phase and every few seconds; while one report is under way none is begun,
 * so that a volume that hangs doesn't silence the log.
 */
export function startProgress(
  log: Log,
  report: (figures: ProgressFigures) => Promise<void>,
  clock: Clock = () => performance.now(),
): Progress {
  const started = clock();
  const downloads = startTotal(clock);
  const writes = startTotal(clock);
  let phase: Phase = 'check';
  let began = started;
  let tally: Tally = startTally(0, false, clock);
  let expected: { objects: number; files: number } | undefined;
  let reporting: Promise<void> | undefined;
  let stopped = false;

  const figures = (): ProgressFigures => ({ phase, ...tally.figures() });
  const line = (width: number) => progressLine(phases[phase], figures(), (clock() - began) / 1000, width);
  const tell = () => {
    const { terminal } = log;
    if (!terminal) log.info(figuresFor(figures()), phases[phase]);
    else if (terminal.live) terminal.show(line);
    else log.info(line(Number.POSITIVE_INFINITY));
  };
  // An error here must not end the fetch: the next write to the volume tells it better.
  const failed = (error: unknown) => log.debug({ error: String(error) }, 'no progress could be reported');
  const beginReport = () => {
    reporting = report(figures())
      .catch(failed)
      .finally(() => {
        reporting = undefined;
      });
    return reporting;
  };
  const ticker = setInterval(() => {
    tell();
    if (!reporting) beginReport();
  }, logEvery);
  const drawer = log.terminal?.live ? setInterval(tell, drawEvery) : undefined;
  return {
    async begin(next, files = 0) {
      phase = next;
      began = clock();
      tally = startTally(files, phase === 'transfer', clock);
      if (phase === 'transfer' && expected) tally.expect(expected);
      ticker.refresh();
      tell();
      await reporting; // an older one must not overwrite this phase's
      if (!stopped) await beginReport();
    },
    expect(work) {
      expected = work;
      if (phase === 'transfer') tally.expect(work);
    },
    downloaded(bytes, objects) {
      downloads.add(bytes, began, objects);
      tally.downloaded(bytes, objects);
    },
    add(bytes) {
      writes.add(bytes, began);
      tally.written(bytes);
    },
    read(bytes) {
      tally.written(bytes);
    },
    summary({ files, bytes }) {
      const rate = (downloads.files > 0 ? downloads : writes).rate();
      return {
        files,
        bytes,
        downloadedFiles: downloads.files,
        downloadedBytes: Math.round(downloads.bytes),
        fromCache: Math.max(0, files - downloads.files),
        seconds: Math.round((clock() - started) / 100) / 10,
        ...(rate === undefined ? {} : { rate }),
      };
    },
    async stop() {
      stopped = true;
      clearInterval(ticker);
      clearInterval(drawer);
      log.terminal?.clear();
      await reporting;
    },
  };
}

/** The figures without those that say nothing in this phase. */
export function figuresFor({ phase, files, of, bytes, ...rest }: ProgressFigures): Record<string, unknown> {
  return { phase, ...(of > 0 ? { files, of } : {}), ...(bytes > 0 || phase === 'transfer' ? { bytes } : {}), ...rest };
}
