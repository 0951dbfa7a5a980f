/** What can go wrong between a client and its server, for a test to ask of the recording proxy. */

/** What a fault is chosen by. */
export interface Asked {
  readonly method: string;
  /** As sent: percent-encoded, and without the query. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  /** The part of the object that is asked for, such as `bytes=5242880-`. */
  readonly range?: string | undefined;
}

/** A fault for the requests that `when` picks: for all of them, or for the first `times`. */
export type Fault = { when: (request: Asked) => boolean; times?: number } & FaultyReply;

export type FaultyReply =
  /** The server isn't asked, and this status is the answer, with S3's usual error code for it unless another is named. */
  | { reply: FaultyStatus; code?: string; headers?: Readonly<Record<string, string>> }
  /** The request goes on when the promise resolves: a delay, or a gate that the test opens. */
  | { wait: () => Promise<unknown> }
  /** The connection ends after this many bytes of the response's body, and its Content-Length had promised more. */
  | { cutAfter: number }
  /** As `cutAfter`, and by a TCP reset. */
  | { resetAfter: number }
  /** After this many bytes of the body nothing more comes, and the connection stays open. */
  | { stallAfter: number }
  /** The body's bytes come one by one, with this many milliseconds before each. */
  | { trickle: number }
  /** The body ends after this many bytes, and its Content-Length agrees: a lie that only a hash finds out. */
  | { shortenTo: number }
  /** The body is compressed, as its Content-Encoding says. */
  | { compress: 'gzip' }
  /** The body is whole, and nothing says how long it is. */
  | { withoutLength: true }
  /** The answer is whole; its connection is closed so many milliseconds later, as servers do with idle ones. */
  | { closeAfter: number };

export type FaultyStatus = keyof typeof codes;

const codes = {
  301: 'PermanentRedirect',
  307: 'TemporaryRedirect',
  400: 'ExpiredToken',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  500: 'InternalError',
  503: 'SlowDown',
} as const;

/** The body of such a reply, in S3's form. */
export function errorBody(status: FaultyStatus, code: string = codes[status]): string {
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
