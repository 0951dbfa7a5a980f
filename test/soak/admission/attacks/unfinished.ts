/** Attacks by what is never sent: requests and handshakes that hold a connection and never end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { trainingReview } from '../../../support/admission/training-review.ts';
import { type Attack, head, onTcp, onTls, trickle, writeAll } from './attack.ts';

const large = 8 * 2 ** 20;
const allButOne = Buffer.alloc(large - 1, ' ');
const letters = Buffer.from('a');

/** A ClientHello's first record says that 512 bytes follow; they don't. */
const halfHello = Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), Buffer.alloc(32, 7)]);
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

export const unfinished: Attack[] = [
  {
    name: 'unfinished bodies of 8 MiB',
    part: 1 / 50,
    pause: 1000,
    attempt: (target) =>
      onTls(target, async (socket, over) => {
        socket.write(head({ 'Content-Length': large }));
        await writeAll(socket, allButOne, over);
      }),
  },
  {
    name: 'slow headers',
    part: 1 / 20,
    pause: 1000,
    attempt: (target) =>
      onTls(target, async (socket, over) => {
        socket.write('POST /mutate HTTP/1.1\r\nHost: webhook\r\nX-Slow: ');
        await trickle(socket, letters, over);
      }),
  },
  {
    name: 'slow bodies',
    part: 1 / 20,
    pause: 1000,
    attempt: (target) =>
      onTls(target, async (socket, over) => {
        socket.write(head({ 'Content-Length': 2000 }));
        await trickle(socket, letters, over);
      }),
  },
  {
    name: 'half-open connections',
    part: 1,
    pause: 1000,
    attempt: (target, number) =>
      onTcp(target, (socket) => void (number % 2 === 0 ? socket.write(halfHello) : undefined)),
  },
  {
    name: 'connections without a request',
    part: 1 / 20,
    pause: 1000,
    attempt: (target) => onTls(target, () => {}),
  },
  {
    name: 'HTTP/2 prefaces',
    part: 1 / 200,
    pause: 1000,
    attempt: (target, number) =>
      // Over TLS, and to the bare port, where it is no handshake.
      (number % 2 === 0 ? onTls : onTcp)(target, (socket) => void socket.write(preface)),
  },
  {
    name: 'pipelined reviews, answers unread',
    part: 1 / 1000,
    pause: 1000,
    attempt: (target) => {
      const body = Buffer.from(JSON.stringify(trainingReview(target)));
      const one = Buffer.concat([head({ 'Content-Length': body.length }), body]);
      return onTls(target, async (socket, over) => {
        socket.pause();
        await writeAll(socket, Buffer.concat(Array<Buffer>(200).fill(one)), over);
        await sleep(5000, undefined, { signal: over });
        socket.resume();
      });
    },
  },
];
