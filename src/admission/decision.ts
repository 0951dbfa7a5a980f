/** The outcome of one review before it becomes JSON: what the pure core returns, and the webhook and `inject` act on. */
import type { Operation } from 'fast-json-patch';
import { denialText } from '../text.ts';
import type { DenialReason, SkipReason } from './reasons.ts';

/** The pod is to be changed; the claim must be ensured first. */
export interface Injection {
  kind: 'inject';
  reason: 'injected';
  operations: Operation[];
  warnings: string[];
}

/** The pod already is as it should be; the claim must be ensured nevertheless. */
export interface Unchanged {
  kind: 'unchanged';
  reason: 'already-injected';
  warnings: string[];
}

/** The pod requests nothing, or is never served; it is let in as it is. */
export interface Skip {
  kind: 'skip';
  reason: SkipReason;
}

/** The pod is refused; `message` is one line that says what to do. */
export interface Denial {
  kind: 'deny';
  reason: DenialReason;
  message: string;
}

export type Decision = Injection | Unchanged | Skip | Denial;

/** Thrown at any depth to deny the pod; `decide` turns it into a {@link Denial}. */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly reason: DenialReason;

  constructor(reason: DenialReason, message: string, options?: ErrorOptions) {
    super(denialText(message), options);
    this.reason = reason;
  }
}
