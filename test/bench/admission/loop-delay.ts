/** Loaded into a server by `--import`: says, when its parent asks, how long its event loop was blocked at most since the last time. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

// A timer each millisecond; what is recorded is the time from one to the next.
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();

// The loop looks at its timers before it reads messages, so a block that is just over is in it.
process.on('message', () => {
  process.send?.({ longestMs: delays.max / 1e6 });
  delays.reset();
});
// The server ends when it wants to, and not when we do.
process.channel?.unref();
