/** Follows files that somebody renews in place, and keeps what was good where the new is not. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { InvalidConfig } from '../config/load.ts';
import { filePoll } from './lifetimes.ts';

export interface WatchedFiles {
  paths: readonly string[];
  /** The key of the configuration that names them. */
  setting: string;
  /** Why the contents can't be used, or null. The files are not replaced at once, so they may not fit for a moment. */
  problemOf: (contents: readonly string[]) => string | null;
  /** Called with each contents that are to be used from now on, the first time before this returns. */
  onChange: (contents: readonly string[], first: boolean) => void;
  /** Called where the new contents can't be used, once for each cause, as the files are read every few seconds. */
  onKept: (cause: string) => void;
  /** Milliseconds between two reads. */
  poll?: number | undefined;
}

/** @throws {InvalidConfig} where the files can't be used at the start */
export function watchFiles({ paths, setting, problemOf, onChange, onKept, poll = filePoll }: WatchedFiles): {
  stop(): void;
} {
  let used: string[];
  try {
    used = paths.map((path) => readFileSync(path, 'utf8'));
  } catch (error) {
    throw new InvalidConfig(`${setting}: ${(error as Error).message}`, { cause: error });
  }
  const problem = problemOf(used);
  if (problem !== null) throw new InvalidConfig(`${setting}: ${paths.join(', ')}: ${problem}`);
  onChange(used, true);
  let lastCause = '';

  const keep = (cause: string) => {
    if (cause === lastCause) return;
    lastCause = cause;
    onKept(cause);
  };
  const reload = async () => {
    let read: string[];
    try {
      read = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    } catch (error) {
      return keep((error as Error).message);
    }
    if (read.every((content, index) => content === used[index])) return;
    const wrong = problemOf(read);
    if (wrong !== null) return keep(wrong);
    used = read;
    lastCause = '';
    onChange(used, false);
  };

  // Polled, as a watch of these files reports nothing: the kubelet replaces a mounted Secret by swapping the symlink `..data`
  // beside them, and a watch stays with the old inode.
  const timer = setInterval(() => void reload(), poll);
  return { stop: () => clearInterval(timer) };
}
