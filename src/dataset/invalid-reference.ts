/** The one error that parsing a dataset's name can end in, so that callers answer it with its sentence and nothing else. */

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

/** A reference a user has to mend. The message is one line, says what to do and never repeats a secret. */
export class InvalidReference extends Error {
  override readonly name = 'InvalidReference';
  readonly problem: InvalidReferenceCause;

  constructor(problem: InvalidReferenceCause, message: string) {
    super(message);
    this.problem = problem;
  }
}
