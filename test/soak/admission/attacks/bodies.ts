/** Attacks by what is sent: bodies that are whole, and cost memory or time. */
import { gzipSync } from 'node:zlib';
import { trainingReview } from '../../../support/admission/training-review.ts';
import { worstReviews } from '../../../support/admission/worst-reviews.ts';
import { type Attack, type Feed, head, onTls, type Target, writeAll } from './attack.ts';

const few = 1 / 1000;
const pause = 100;

/** Made once, when it is wanted. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function whole(body: Buffer, headers: Record<string, string | number> = {}): Feed {
  return async (socket, signal) => {
    socket.write(head({ 'Content-Length': body.length, ...headers }));
    await writeAll(socket, body, signal);
  };
}

const numbers = once(() => {
  const [before, after] = JSON.stringify(trainingReview({ namespace: 'team-a' })).split('"containers":[');
  return Buffer.from(`${before}"containers":[${'1,'.repeat(2 ** 19)}${after}`);
});
const brackets = once(() => Buffer.alloc(8 * 2 ** 20, '['));
const bomb = once(() => gzipSync(Buffer.alloc(256 * 2 ** 20, ' ')));
const worst: Buffer[] = [];

/** Makes what takes time to make, so that the attackers' process isn't blocked by it while it attacks. */
export function prepareBodies({ namespace }: Target): void {
  worst.push(...worstReviews(namespace).map(({ make }) => Buffer.from(make())));
  for (const make of [numbers, brackets, bomb]) make();
}

/** Lengths that aren't the body's, in all the ways in which HTTP can say one. */
const wrongLengths: Record<string, string | number>[] = [
  { 'Content-Length': 100 },
  { 'Content-Length': -1 },
  { 'Content-Length': '1e3' },
  { 'Content-Length': '99999999999999999999' },
  { 'Content-Length': 100, 'Transfer-Encoding': 'chunked' },
  { 'Content-Length': 100, 'content-length': 200 },
];

export const bodies: Attack[] = [
  {
    name: '1 MiB of numbers as containers',
    part: few,
    pause,
    attempt: (target) => onTls(target, whole(numbers())),
  },
  {
    name: '8 MiB of [',
    part: few,
    pause,
    attempt: (target) => onTls(target, whole(brackets())),
  },
  {
    name: 'the worst reviews',
    part: few,
    pause,
    attempt: (target, number) => onTls(target, whole(worst[number % worst.length] ?? Buffer.alloc(0))),
  },
  {
    name: 'compressed',
    part: few,
    pause: 1000,
    attempt: (target) => onTls(target, whole(bomb(), { 'Content-Encoding': 'gzip' })),
  },
  {
    name: 'wrong Content-Length',
    part: 5 * few,
    pause: 1000,
    attempt: (target, number) => {
      const headers = wrongLengths[number % wrongLengths.length] ?? {};
      const body = JSON.stringify(trainingReview(target));
      return onTls(target, (socket) => void socket.write(Buffer.concat([head(headers), Buffer.from(body)])));
    },
  },
  {
    name: 'chunked without end',
    part: few,
    pause: 1000,
    attempt: (target) =>
      onTls(target, async (socket, over) => {
        socket.write(head({ 'Transfer-Encoding': 'chunked' }));
        const chunk = Buffer.from(`10000\r\n${'['.repeat(0x10000)}\r\n`);
        while (!over.aborted && !socket.destroyed) await writeAll(socket, chunk, over);
      }),
  },
  {
    name: 'chunks of one byte',
    part: few,
    pause: 1000,
    attempt: (target) => {
      const body = JSON.stringify(trainingReview(target));
      const chunks = [...body].map((each) => `1\r\n${each}\r\n`).join('');
      const text = Buffer.concat([head({ 'Transfer-Encoding': 'chunked' }), Buffer.from(`${chunks}0\r\n\r\n`)]);
      return onTls(target, (socket, over) => writeAll(socket, text, over));
    },
  },
];
