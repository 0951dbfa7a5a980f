/** What is counted while files move, and what follows from it: how fast, and how long still. */
import { type Clock, type Speed, slidingRate } from './rate.ts';

/** How far a fetch is, as logs, the state file and waiters have it. Absent figures say nothing in this phase. */
export interface Figures {
  /** Files written into the unpublished tree. */
  files: number;
  /** How many there will be; 0 where the phase has no files. */
  of: number;
  /** Bytes written. */
  bytes: number;
  /** Bytes per second now: of downloads while there are any, else of writes. */
  rate?: number | undefined;
  /** Whole seconds left; absent until enough is done to tell, and in a stall. */
  eta?: number | undefined;
  /** Objects that arrived on scratch. */
  downloadedFiles?: number | undefined;
  toDownload?: number | undefined;
  downloadedBytes?: number | undefined;
}

/** Counters of one phase. */
export interface Tally {
  /** Objects to download and files to write; may be told again when it turns out otherwise. */
  expect(work: { objects: number; files: number }): void;
  /** So many bytes arrived, which are `objects` objects; one unless said. */
  downloaded(bytes: number, objects?: number): void;
  written(bytes: number): void;
  figures(): Figures;
}

const earliest = 2_000;
const enough = 10;
const longest = 99 * 3600; // beyond that it is no estimate but a stall

/** Starts counting; `transfers` for a phase that downloads too. */
export function startTally(files: number, transfers: boolean, clock: Clock): Tally {
  const began = clock();
  const writes = slidingRate(clock);
  const downloads = slidingRate(clock);
  const done = { files: 0, of: files, bytes: 0 };
  const arrived = { files: 0, of: 0, bytes: 0 };
  return {
    expect(work) {
      done.of = work.files;
      arrived.of = work.objects;
    },
    downloaded(bytes, objects = 1) {
      arrived.files += objects;
      arrived.bytes += bytes;
      downloads.add(bytes, objects);
    },
    written(bytes) {
      done.files += 1;
      done.bytes += bytes;
      writes.add(bytes);
    },
    figures() {
      const downloading = arrived.files < arrived.of;
      const [downloadSpeed, writeSpeed] = [downloads.read(), writes.read()];
      const moves = transfers || done.files > 0;
      const eta = clock() - began < earliest ? undefined : secondsLeft(arrived, downloadSpeed, done, writeSpeed);
      return {
        ...done,
        ...(moves ? { rate: Math.round((downloading ? downloadSpeed : writeSpeed).bytes) } : {}),
        ...(eta === undefined ? {} : { eta }),
        ...(transfers
          ? { downloadedFiles: arrived.files, toDownload: arrived.of, downloadedBytes: Math.round(arrived.bytes) }
          : {}),
      };
    },
  };
}

/** What went through in a whole run. */
export interface Total {
  files: number;
  bytes: number;
  /** So many bytes of `files` files, in a phase that began at `began`. */
  add(bytes: number, began: number, files?: number): void;
  /** Bytes per second from the beginning of the first phase that had any to the last one; undefined if too short. */
  rate(): number | undefined;
}

/** Starts a sum over all phases. */
export function startTotal(clock: Clock): Total {
  let from: number | undefined;
  let to = 0;
  return {
    files: 0,
    bytes: 0,
    add(bytes: number, began: number, files = 1) {
      from ??= began;
      to = clock();
      this.files += files;
      this.bytes += bytes;
    },
    rate() {
      return from === undefined || to <= from ? undefined : Math.round((this.bytes * 1000) / (to - from));
    },
  };
}

interface Work {
  files: number;
  of: number;
}

/**
 * Downloads and writes overlap, so the slower of both decides. While downloads last, writes come in bursts and wait for
 * them: then only their best second tells how fast they could be.
 */
function secondsLeft(arrived: Work, downloads: Speed, done: Work, writes: Speed): number | undefined {
  const toWrite = done.of - done.files;
  const toDownload = arrived.of - arrived.files;
  if (toWrite <= 0) return undefined;
  if (toDownload <= 0) return estimate(done, toWrite / writes.files);
  const untilDownloaded = estimate(arrived, toDownload / downloads.files);
  if (untilDownloaded === undefined) return undefined;
  return Math.max(untilDownloaded, estimate(done, toWrite / writes.peak) ?? 0);
}

function estimate({ files, of }: Work, seconds: number): number | undefined {
  const known = files >= Math.min(enough, of / 2);
  return known && seconds < longest ? Math.ceil(seconds) : undefined; // a division by zero is beyond any length
}
