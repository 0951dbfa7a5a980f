/** Why the native S3 client leaves the rest to DVC, whose exit code and words decide what a failure is. */

/** Never seen by users as a failure: it is logged, and DVC then succeeds or fails by itself. */
export class FallBackToDvc extends Error {
  override readonly name = 'FallBackToDvc';
  /** Whether it is a trouble that may pass: then a later object may be asked for again. */
  readonly passing: boolean;

  constructor(why: string, { cause, passing = false }: { cause?: unknown; passing?: boolean } = {}) {
    super(why, cause === undefined ? undefined : { cause });
    this.passing = passing;
  }
}
