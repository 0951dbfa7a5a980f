/** Which errors of the operating system mean that a name on the volume does not hold what it must: one list for all who look. */
import { hasCode } from './fetch-failure.ts';

/** Nothing has the name, or a folder above it is none. */
const absent = ['ENOENT', 'ENOTDIR'];

/** Something else has it: a folder, a link, a pipe without a writer, or what this user may not read and so not use. */
const unusable = ['EISDIR', 'ELOOP', 'ENXIO', 'EACCES', 'EPERM'];

/** True where the error says that nothing is there. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, ...absent);
}

/** True where the error says that what must be there is absent or of no use; anything else (EIO, ESTALE) is an outage. */
export function isDamage(error: unknown): boolean {
  return hasCode(error, ...absent, ...unusable);
}
