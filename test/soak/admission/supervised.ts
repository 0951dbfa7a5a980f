/** The webhook as the kubelet runs it: within its memory, asked whether it lives, and started anew where it ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logged } from '../../support/process/logged.ts';
import { peakMemory } from '../../support/process/peak-memory.ts';
import type { PreparedWebhook, StartOptions } from '../../support/webhook/built-webhook.ts';
import { ask } from '../../support/webhook/https.ts';

export interface Supervised extends AsyncDisposable {
  /** How it ended each time, and whether the kubelet would have ended it. */
  readonly restarts: readonly string[];
  /** Peak of resident memory, in MiB, over all its lives. */
  peakMiB(): number;
}

/** As deploy/chart/templates/deployment.yaml says. */
const liveness = { period: 10_000, timeout: 5_000, failures: 3 };
const look = 100;

/** Starts it and resolves when it is ready for the first time. */
export async function supervise(webhook: PreparedWebhook, options: StartOptions): Promise<Supervised> {
  const restarts: string[] = [];
  const peak = peakMemory();
  const over = new AbortController();
  let running: Logged = await webhook.start(options);
  const restart = async (why: string) => {
    restarts.push(why);
    await running[Symbol.asyncDispose]();
    // Under attack the start can fail as well; the kubelet would go on trying.
    while (!over.signal.aborted) {
      try {
        running = await webhook.start(options);
        return;
      } catch (error) {
        restarts.push((error as Error).message.split('\n')[0] ?? '');
      }
    }
  };
  const watching = (async () => {
    let failed = 0;
    let next = performance.now() + liveness.period;
    while (!over.signal.aborted) {
      await sleep(look);
      peak.look(running.pid);
      const ended = running.ended();
      if (ended !== undefined) {
        await restart(ended);
        failed = 0;
      } else if (performance.now() > next) {
        next = performance.now() + liveness.period;
        failed = (await isAlive(webhook)) ? 0 : failed + 1;
        if (failed < liveness.failures) continue;
        await restart(`${failed} liveness probes failed`);
        failed = 0;
      }
    }
  })();
  return {
    restarts,
    peakMiB: peak.megabytes,
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching;
      await running[Symbol.asyncDispose]();
    },
  };
}

async function isAlive({ url, ca }: PreparedWebhook): Promise<boolean> {
  const signal = AbortSignal.timeout(liveness.timeout);
  return ask(`${url}/healthz`, ca, { signal }).then(
    ({ status }) => status === 200,
    () => false,
  );
}
