/** Why the native S3 client leaves the rest to DVC, whose exit code and words decide what a failure is. */

/** Never seen by users as a failure: it is logged, and DVC then succeeds or fails by itself. */
export class HandOver extends Error {
  override readonly name = 'HandOver';
}
