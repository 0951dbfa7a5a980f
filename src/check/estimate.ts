/** How long a fetch takes and how much scratch it needs at least, from what is to be transferred and from rates that are said. */
import { onDisk } from '../fetch/scratch/budget.ts';
import type { Estimate } from './report.ts';

export interface Rates {
  filesPerSecond: number;
  bytesPerSecond: number;
}

/** git, DVC's start and the list, before the first object comes. In seconds. */
const start = 5;

/** Beside the data: git, the list and DVC's databases. */
const ownScratch = 64 * 2 ** 20;

/** `bytes` of what is to be transferred, and of its largest file, where they are known. */
export function estimateFetch(
  work: { files: number; bytes: number | null; largest: number | null },
  rates: Rates,
): Estimate {
  const transfer = Math.max(work.files / rates.filesPerSecond, (work.bytes ?? 0) / rates.bytesPerSecond);
  return {
    seconds: Math.ceil(start + transfer),
    // A fifth of the scratch is never planned for (scratch/budget.ts).
    scratchBytes: Math.ceil((ownScratch + onDisk(work.largest ?? 0)) / 0.8),
    assumed: rates,
  };
}
