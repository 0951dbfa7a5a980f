/** A request that is refused before it is a review: its HTTP status, its sentence, and the reason that metrics count. */
import type { DenialReason } from '../admission/reasons.ts';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** HTTP status. */
  readonly code: number;
  readonly reason: DenialReason;

  constructor(code: number, message: string, reason: DenialReason = 'malformed-review') {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** The refusal of what would be too much at this moment; the API server's client waits and asks again by itself. */
export function overloaded(): Refusal {
  return new Refusal(503, 'too many reviews are being read at this moment; ask again', 'overloaded');
}
