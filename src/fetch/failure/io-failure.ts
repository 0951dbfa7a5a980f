/** Turns the operating system's errors into exit 74 and says which of the two places is meant: the volume or the scratch. */
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { FetchFailure } from './fetch-failure.ts';
import { scratchFullAdvice } from './scratch-full.ts';
import { isSystemError, systemCode } from './system-error.ts';

/** The two places a fetch writes to, as absolute paths. */
export interface Places {
  volume: string;
  scratch: string;
}

/** The failure for an error of the operating system in one of the places; undefined for any other error. */
export function ioFailure(error: unknown, places: Places): FetchFailure | undefined {
  if (!isSystemError(error)) return undefined;
  const paths = [error.path, (error as { dest?: string }).dest].filter((path) => path !== undefined).map(String);
  const place = nearestPlace(paths, places);
  if (!place) return undefined;
  const where = `the ${place} at ${places[place]}`;
  const code = systemCode(error);
  return new FetchFailure('io', `${where} ${advice(code, place)} (${code} in ${error.syscall} of ${paths[0]})`, {
    cause: error,
  });
}

/** The place that a path lies in. Of two the deeper one: on a developer's machine one may lie in the other. */
function nearestPlace(paths: readonly string[], places: Places): keyof Places | undefined {
  let nearest: { place: keyof Places; depth: number } | undefined;
  for (const place of ['scratch', 'volume'] as const) {
    for (const folder of [places[place], realPath(places[place])]) {
      const within = paths.some((path) => path === folder || path.startsWith(folder + sep));
      const depth = folder.split(sep).length;
      if (within && depth > (nearest?.depth ?? 0)) nearest = { place, depth };
    }
  }
  return nearest?.place;
}

/** As the system spells it: the scratch is used by its real path, and either may be named by a link. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder; // gone, and then its name is all there is
  }
}

function advice(code: string, place: 'volume' | 'scratch'): string {
  switch (code) {
    case 'ENOSPC':
      return place === 'volume'
        ? 'is full: make room on it or enlarge it; what was fetched so far is kept and the next run continues'
        : scratchFullAdvice;
    case 'EDQUOT':
      return 'is over its quota: raise the quota or make room';
    case 'EROFS':
      return 'is mounted read-only: mount it read-write for the fetch';
    case 'EACCES':
    case 'EPERM':
      return `refuses UID ${process.getuid?.()}, GID ${process.getgid?.()}: let this user or group write there`;
    case 'ENAMETOOLONG':
      return 'can not hold a name that is this long';
    default:
      return 'failed: look at its health and at the events of the pod, then run again';
  }
}
