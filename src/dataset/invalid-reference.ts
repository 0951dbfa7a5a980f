/** The only error that parsing a dataset's name throws, so that callers can tell a user's mistake from a bug. */

/** What is wrong with a reference; a closed list, because tests and callers tell the cases apart by it. */
export type InvalidReferenceCause =
  | 'syntax'
  | 'credentials'
  | 'scheme-not-allowed'
  | 'repository'
  | 'unknown-alias'
  | 'revision'
  | 'split'
  | 'directory';

/** A reference that its author has to correct. The message is one line, says what to do and never contains a secret. */
export class InvalidReference extends Error {
  override readonly name = 'InvalidReference';
  readonly problem: InvalidReferenceCause;

  constructor(problem: InvalidReferenceCause, message: string) {
    super(message);
    this.problem = problem;
  }
}
