/** Bounds the bytes of all requests that are held at one time, so that no number of senders can fill the memory. */

/** A body that is being read, as the budget sees it. */
export interface Held {
  /** Bytes that arrived and were not given back. */
  bytes: number;
  /** Called where this one has to give way to another: what arrived of it is to be dropped. */
  giveWay(): void;
}

/** Bytes that an ordinary review has at most; it is decided in well below a millisecond. */
export const smallReview = 64 * 1024;

/**
 * Counts what has arrived and not what was announced: whoever announces megabytes and sends nothing holds nothing. Where
 * the budget is spent, the body that has been unfinished for the longest time gives way, so that whoever stalls can't keep
 * out a review that arrives whole within milliseconds.
 */
export class BodyBudget {
  readonly #limit: number;
  readonly #reserve: number;
  /** Of all bodies. */
  #bytes = 0;
  /** Of those that are not whole yet. */
  #unfinishedBytes = 0;
  /** In the order of their beginning. */
  readonly #unfinished = new Set<Held>();

  /** In bytes. What is in `reserve` is beyond the limit, and for small bodies, which large ones would keep out. */
  constructor(limit: number, reserve: number) {
    this.#limit = limit;
    this.#reserve = reserve;
  }

  /** False where even without all that is unfinished there is no room for `announced` bytes: then nothing should be read. */
  begin(body: Held, announced: number): boolean {
    const room = announced <= smallReview ? this.#limit + this.#reserve : this.#limit;
    if (this.#bytes - this.#unfinishedBytes + announced > room) return false;
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
      if (this.#bytes <= this.#limit + this.#reserve) return;
      this.end(oldest);
      oldest.giveWay();
    }
  }

  /** The body is whole: from now on it gives way to nobody, and counts until it is decided. */
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
