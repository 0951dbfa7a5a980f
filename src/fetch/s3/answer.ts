/** One answer of S3: read once, and never for longer than a server that gives next to nothing deserves. */
import type { Dispatcher } from 'undici';
import { stallDetector } from '../remote/stall.ts';

/** Its body is read once, in the one way or the other. */
export interface Answer {
  /** In bytes, as the server says; null where it doesn't. */
  length: number | null;
  body: AsyncIterable<Buffer>;
  /** All of a body whose length is known to be small: with less for the processor to do than `body`. */
  whole(): Promise<Buffer>;
}

/** To be closed in any case. */
export interface OpenAnswer extends Answer {
  /** Nothing comes any more; the connection is kept if all of it was read. */
  close(): void;
}

const brokenOff = 'S3 breaks off';

export function openAnswer({ headers, body }: Dispatcher.ResponseData, readSeconds: number): OpenAnswer {
  // It may break off when nobody reads it yet, or any more, and an error that nobody hears ends the process.
  body.on('error', () => {});
  const written = headers['content-length'];
  const length = typeof written === 'string' && /^[0-9]{1,15}$/.test(written) ? Number(written) : null;
  let received = 0;
  let timer: NodeJS.Timeout | undefined;
  /** A trickle never falls silent, so silence alone would not end it. From now on, as it is the reader who pulls. */
  const watch = () => {
    const isStalled = stallDetector(readSeconds);
    isStalled(received);
    timer = setInterval(() => {
      if (isStalled(received)) body.destroy(new Error('S3 answers too slowly'));
    }, readSeconds * 250);
  };
  async function* counted(): AsyncGenerator<Buffer> {
    watch();
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      yield chunk;
    }
  }
  const whole = () =>
    new Promise<Buffer>((resolve, reject) => {
      if (body.destroyed) {
        // Whoever begins to listen now would hear nothing.
        reject(body.errored ?? new Error(brokenOff));
        return;
      }
      watch();
      const chunks: Buffer[] = [];
      body.once('error', reject);
      body.once('close', () => reject(new Error(brokenOff))); // which after the end is no news
      body.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
      body.on('data', (chunk: Buffer) => {
        received += chunk.length;
        chunks.push(chunk);
      });
    });
  return {
    length,
    body: counted(),
    whole,
    close() {
      clearInterval(timer);
      body.destroy(); // no more than a no-op after a body that was read
    },
  };
}

/** Reads an answer that nobody needs, so that its connection can be kept, if that is soon done. */
export async function dropAnswer({ body }: Dispatcher.ResponseData): Promise<void> {
  await body.dump({ limit: 64 * 1024, signal: AbortSignal.timeout(1_000) }).catch(() => {});
}
