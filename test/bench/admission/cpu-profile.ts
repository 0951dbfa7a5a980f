/** Loaded into a server by `--import`: profiles it from its parent's first message to the second, which it answers with the profile. */
import { Session } from 'node:inspector/promises';

const session = new Session();
session.connect();
let running = false;

process.on('message', async () => {
  if (running) {
    const { profile } = await session.post('Profiler.stop');
    process.send?.(profile);
    return;
  }
  running = true;
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  process.send?.('started');
});
// The server ends when it wants to, and not when we do.
process.channel?.unref();
