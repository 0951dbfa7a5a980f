/** A run's last word: figures for a log collector, a sentence for a person and for the pod's status. */
import { howMany, humanBytes, humanDuration } from './format.ts';
import type { Log } from './log.ts';

/** What a run came to. */
export interface Summary {
  /** Of the published dataset. */
  files: number;
  bytes: number;
  /** Objects that this run downloaded. */
  downloadedFiles: number;
  downloadedBytes: number;
  /** Files that cost no download: the volume's cache had their object, or it came for another file. */
  fromCache: number;
  seconds: number;
  /** Bytes per second while files moved; absent where none did. */
  rate?: number;
}

/** How a dataset came to be there, and what the log calls it. */
export const endings = {
  published: 'the dataset is published',
  adopted: 'an earlier fetch is completed',
  there: 'the dataset is published already',
} as const;

export type Ending = keyof typeof endings;

/** The summary of a run that had nothing to fetch. */
export function nothingFetched({ files, bytes }: { files: number; bytes: number }, milliseconds: number): Summary {
  const seconds = Math.round(milliseconds / 100) / 10;
  return { files, bytes, downloadedFiles: 0, downloadedBytes: 0, fromCache: files, seconds };
}

/** Logs the run's last line and returns its sentence, which is meant for the termination message. */
export function logSummary(
  log: Log,
  ending: Ending,
  { key, dataset }: { key: string; dataset: string },
  summary: Summary,
): string {
  const sentence = summarySentence(ending, dataset, summary);
  if (log.terminal) log.info(sentence);
  else log.info({ key, ...summary }, endings[ending]);
  return sentence;
}

/** Such as `published 6,400 files (52 MB) of <dataset> in 12 s: 6,000 objects (48 MB) downloaded at 8.4 MB/s, …`. */
export function summarySentence(ending: Ending, dataset: string, summary: Summary): string {
  const { files, bytes, downloadedFiles, downloadedBytes, fromCache, seconds, rate } = summary;
  const what = `${howMany(files, 'file')} (${humanBytes(bytes)}) of ${dataset}`;
  if (ending === 'there') return `found ${what}, published already`;
  if (ending === 'adopted') return `completed an earlier fetch of ${what} in ${humanDuration(seconds)}`;
  const speed = rate === undefined ? '' : ` at ${humanBytes(rate)}/s`;
  const downloads = `${howMany(downloadedFiles, 'object')} (${humanBytes(downloadedBytes)}) downloaded${speed}`;
  const how = [
    ...(downloadedFiles > 0 ? [downloads] : []),
    ...(fromCache > 0 ? [`${howMany(fromCache, 'file')} without a download`] : []),
  ];
  return `published ${what} in ${humanDuration(seconds)}${how.length > 0 ? `: ${how.join(', ')}` : ''}`;
}
