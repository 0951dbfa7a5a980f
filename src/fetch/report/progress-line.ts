/** Progress on one line of a terminal: what matters least goes first where the line is too narrow. */
import { grouped, howMany, humanBytes, humanDuration } from './format.ts';
import type { Figures } from './tally.ts';

interface Part {
  text: string;
  /** The higher, the longer it stays. */
  weight: number;
}

/**
 * A fetch's own line of at most `width` columns of ASCII. `what` is the phase's sentence; `seconds`, how long it lasts,
 * shows that something goes on where there are no figures.
 */
export function progressLine(what: string, figures: Figures, seconds: number, width: number): string {
  const parts = figureParts(figures);
  if (parts.length > 0) return fitted([{ text: what, weight: 0 }, ...parts], width);
  return fitted([{ text: what, weight: 1 }, since(seconds, 0)], width);
}

/** A waiter's line: how long it waits, `what` is to be said of the leader, and how far that is. */
export function waitingLine(what: string | null, figures: Figures, seconds: number, width: number): string {
  const waited = { text: `waiting ${since(seconds, 0).text}`, weight: 7 };
  return fitted([waited, ...(what === null ? [] : [{ text: what, weight: 6 }]), ...figureParts(figures)], width);
}

function since(seconds: number, weight: number): Part {
  return { text: humanDuration(Math.floor(seconds)), weight };
}

/** The figures that say something, weighed by how much a person wants to know them. */
function figureParts({ files, of, bytes, rate, eta, downloadedFiles = 0, toDownload = 0 }: Figures): Part[] {
  if (of === 0) return [];
  const downloading = downloadedFiles < toDownload;
  return [
    { text: `${grouped(files)} of ${howMany(of, 'file')}`, weight: 5 },
    ...(downloading ? [{ text: `${grouped(downloadedFiles)} of ${grouped(toDownload)} downloaded`, weight: 1 }] : []),
    ...(bytes > 0 ? [{ text: humanBytes(bytes), weight: 2 }] : []),
    ...(rate === undefined ? [] : [{ text: `${humanBytes(rate)}/s`, weight: 3 }]),
    ...(eta === undefined ? [] : [{ text: `about ${humanDuration(eta)} left`, weight: 4 }]),
  ];
}

function fitted(parts: readonly Part[], width: number): string {
  const line = parts.map(({ text }) => text).join('  ');
  if (line.length <= width) return line;
  if (parts.length === 1) return line.slice(0, Math.max(0, width));
  const least = Math.min(...parts.map(({ weight }) => weight));
  return fitted(
    parts.filter(({ weight }) => weight !== least),
    width,
  );
}
