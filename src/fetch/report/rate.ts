/** How fast something goes now: an average since the beginning hides a stall, and the last moment alone jumps. */

/** Milliseconds that only ever grow: a wall clock that is set must not bend a rate. */
export type Clock = () => number;

/** Per second. `peak` is the best second of the window, in files: what can be done when nothing has to be waited for. */
export interface Speed {
  files: number;
  bytes: number;
  peak: number;
}

export interface SlidingRate {
  /** So many bytes are done, which are `files` files; one unless said. */
  add(bytes: number, files?: number): void;
  read(): Speed;
}

const bucketLength = 1_000;
const windowLength = 15_000;
/** Large files end seldom: the window reaches back far enough to hold this many seconds in which one did. */
const fewest = 5;
/** Nothing for so many times the longest pause so far, and for a window, is a stall. */
const patience = 4;

interface Bucket {
  start: number;
  files: number;
  bytes: number;
}

const still: Speed = { files: 0, bytes: 0, peak: 0 };

/** Measures from now on. */
export function slidingRate(clock: Clock): SlidingRate {
  const began = clock();
  let buckets: Bucket[] = [];
  let dropped: number | undefined; // where the last bucket that was forgotten ended
  const forget = (now: number) => {
    const oldest = now - windowLength;
    const keep = buckets.findIndex(({ start }, index) => start > oldest || buckets.length - index <= fewest);
    if (keep <= 0) return;
    dropped = (buckets[keep - 1] as Bucket).start + bucketLength;
    buckets = buckets.slice(keep);
  };
  return {
    add(bytes, files = 1) {
      const now = clock();
      const start = now - ((now - began) % bucketLength);
      const last = buckets.at(-1);
      if (last?.start === start) {
        last.files += files;
        last.bytes += bytes;
        return;
      }
      buckets.push({ start, files, bytes });
      forget(now);
    },
    read() {
      const now = clock();
      forget(now);
      const [first] = buckets;
      const last = buckets.at(-1);
      if (!first || !last || now - last.start > Math.max(windowLength, patience * longestPause(buckets))) return still;
      const since = dropped ?? began;
      const from = first.start > now - windowLength ? Math.max(since, now - windowLength) : since;
      // Less than a second would make a rate of any single file.
      const seconds = Math.max(now - from, bucketLength) / 1000;
      return {
        files: sum(buckets, 'files') / seconds,
        bytes: sum(buckets, 'bytes') / seconds,
        peak: (Math.max(...buckets.map(({ files }) => files)) * 1000) / bucketLength,
      };
    },
  };
}

function longestPause(buckets: readonly Bucket[]): number {
  return Math.max(0, ...buckets.slice(1).map(({ start }, index) => start - (buckets[index] as Bucket).start));
}

function sum(buckets: readonly Bucket[], of: 'files' | 'bytes'): number {
  return buckets.reduce((total, bucket) => total + bucket[of], 0);
}
