/** What can go wrong between a client and its server, for a test to ask of the recording proxy. */

/** What a fault is chosen by. */
export interface Asked {
  readonly method: string;
  /** As sent: percent-encoded, and without the query. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

/** A fault for the requests that `when` picks: for all of them, or for the first `times`. */
export type Fault = { when: (request: Asked) => boolean; times?: number } & FaultyReply;

export type FaultyReply =
  /** The server isn't asked, and this status is the answer, with S3's usual error code for it. */
  | { reply: 403 | 404 | 500 | 503 }
  /** The request goes on when the promise resolves: a delay, or a gate that the test opens. */
  | { wait: () => Promise<unknown> }
  /** The connection breaks after this many bytes of the response's body. */
  | { cutAfter: number };

const codes = { 403: 'AccessDenied', 404: 'NoSuchKey', 500: 'InternalError', 503: 'SlowDown' } as const;

/** The body of such a reply, in S3's form. */
export function errorBody(status: keyof typeof codes): string {
  const code = codes[status];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
}

/** The faults in force. The first added that fits a request and isn't used up is taken. */
export class Faults {
  readonly #left = new Map<Fault, number>();

  /** Returns what takes the fault away again. */
  add(fault: Fault): () => void {
    this.#left.set(fault, fault.times ?? Number.POSITIVE_INFINITY);
    return () => this.#left.delete(fault);
  }

  take(request: Asked): Fault | undefined {
    for (const [fault, left] of this.#left) {
      if (left <= 0 || !fault.when(request)) continue;
      this.#left.set(fault, left - 1);
      return fault;
    }
    return undefined;
  }
}
