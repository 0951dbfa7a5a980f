/** Bounds the bytes of all requests that are held at one time, so that no number of senders can fill the memory. */

/** A body that is being read, as the budget sees it. */
export interface Held {
  /** Bytes that arrived and were not given back. */
  bytes: number;
  /** Called where this one has to give way to another: what arrived of it is to be dropped. */
  giveWay(): void;
}

/**
 * Counts what has arrived and not what was announced: whoever announces megabytes and sends nothing holds nothing. Where
 * the budget is spent, the body that has been unfinished for the longest time gives way, so that whoever stalls can't keep
 * out a review that arrives whole within milliseconds.
 */
export class BodyBudget {
  readonly #limit: number;
  /** Of all bodies. */
  #bytes = 0;
  /** Of those that are not whole yet. */
  #unfinishedBytes = 0;
  /** In the order of their beginning. */
  readonly #unfinished = new Set<Held>();

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False where even without all that is unfinished there is no room: then nothing should be read. */
  begin(body: Held): boolean {
    if (this.#bytes - this.#unfinishedBytes >= this.#limit) return false;
    this.#unfinished.add(body);
    return true;
  }

  /** Counts bytes that arrived. It may be `body` itself that gives way. */
  arrived(body: Held, bytes: number): void {
    if (!this.#unfinished.has(body)) return;
    body.bytes += bytes;
    this.#bytes += bytes;
    this.#unfinishedBytes += bytes;
    for (const oldest of this.#unfinished) {
      if (this.#bytes <= this.#limit) return;
      this.end(oldest);
      oldest.giveWay();
    }
  }

  /** The body is whole: from now on it gives way to nobody, and counts until it is answered. */
  whole(body: Held): void {
    if (this.#unfinished.delete(body)) this.#unfinishedBytes -= body.bytes;
  }

  /** Gives back what the body holds; further calls change nothing. */
  end(body: Held): void {
    this.whole(body);
    this.#bytes -= body.bytes;
    body.bytes = 0;
  }
}
