/** How a fetch fails: with an exit of the table and one plain sentence that says what to do; everything else is a bug. */
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
