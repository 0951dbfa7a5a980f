/** How a fetch fails: with an exit of the table and one plain sentence that says what to do; everything else is a bug. */
import { constants } from 'node:os';
import { oneLine } from '../../text.ts';
import type { ExitName } from './exit-codes.ts';

/** The message is one line without control characters, fit for a log, a terminal and the termination message. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure';
  readonly exit: ExitName;
  /** More for the log than fits one sentence: each offending line, the tool's own last lines. */
  readonly details: readonly string[];

  constructor(exit: ExitName, sentence: string, options: { cause?: unknown; details?: readonly string[] } = {}) {
    super(oneLine(sentence), options.cause === undefined ? undefined : { cause: options.cause });
    this.exit = exit;
    this.details = (options.details ?? []).map(oneLine);
  }
}

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
