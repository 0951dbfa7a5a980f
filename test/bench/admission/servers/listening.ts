/** Waits for a server that says nothing of being ready: it is when its port is open. */
import { connect } from 'node:net';
import { eventually } from '../../../support/eventually.ts';
import type { Logged } from '../../../support/process/logged.ts';

/** Throws with its last words where it ends instead. */
export async function untilListening(name: string, server: Logged, port: number): Promise<void> {
  await eventually(`${name} listens`, async () => server.ended() !== undefined || (await accepts(port)));
  const ended = server.ended();
  if (ended !== undefined) throw new Error(`${name} ${ended}:\n${server.lastWords()}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
