/** Errors of the operating system: told from others, named by their code, and grouped by what they mean for a path. */
import { constants } from 'node:os';

/** An error of the operating system: it has a code such as ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error;
}

/** True where the operating system's error is one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException & { code: string } {
  return isSystemError(error) && codes.includes(systemCode(error));
}

/** The error's code. libuv has no name for some that file systems give, such as EDQUOT and NFS's ESTALE. */
export function systemCode({ code, errno }: NodeJS.ErrnoException & { code: string }): string {
  if (!code.startsWith('Unknown system error')) return code;
  return Object.entries(constants.errno).find(([, number]) => number === -(errno ?? 0))?.[0] ?? code;
}

/**
 * Runs I/O on one open file. Errors of file descriptors name no path, and without it nobody could tell which of the
 * places is full; so they are given it here.
 */
export async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSystemError(error) && error.path === undefined) error.path = path;
    throw error;
  }
}

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
