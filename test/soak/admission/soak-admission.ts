/** The attack soak: the real webhook within the chart's memory, all attacks at once, and good reviews that must not notice. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logged, startLogged } from '../../support/process/logged.ts';
import { buildCommand, prepareWebhook } from '../../support/webhook/built-webhook.ts';
import { startServedNamespace } from '../../support/webhook/served-namespace.ts';
import type { Attacked, AttackOrder, AttackResult } from './attackers.ts';
import { chartContainer } from './chart-container.ts';
import { type GoodReviews, sendGoodReviews } from './good.ts';
import { makeMemoryLimit, unlimited } from './memory-limit.ts';
import type { AttackOptions } from './options.ts';
import { supervise } from './supervised.ts';

/** What one soak has seen. */
export interface AttackSoak {
  /** How it ended each time. */
  restarts: readonly string[];
  /** Processes that the kernel ended for their memory. */
  memoryKills: number;
  good: GoodReviews;
  /** In MiB: the process's resident memory, and all that is counted against the limit. */
  peakRss: number;
  peakGroup: number;
  limit: number;
  attacks: readonly AttackResult[];
  /** How long the attackers were kept from attacking at most, in milliseconds. */
  attackersDelay: number;
}

/** Runs it, or what the signal leaves of it. Throws where no control group can be made. */
export async function soakAdmission(
  options: AttackOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<AttackSoak> {
  await buildCommand();
  await using cleanup = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-soak-'));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  const { memoryBytes, env } = await chartContainer();
  const cluster = cleanup.use(await startServedNamespace());
  const group = cleanup.use(options.controlGroup ? makeMemoryLimit(memoryBytes) : unlimited);
  const webhook = await prepareWebhook(folder, cluster.rights);
  const started = { wrapper: group.wrapper, env };
  const supervised = cleanup.use(await supervise(webhook, started));
  const { port, url, ca } = webhook;
  const { namespace } = cluster;

  const order: AttackOrder = { port, namespace, connections: options.connections, only: options.only };
  // In a cluster attackers have processors of their own; here they are to take what the others leave.
  const attackers = cleanup.use(
    startLogged([process.execPath, join(import.meta.dirname, 'attackers.ts'), JSON.stringify(order)], {
      log: join(folder, 'attackers.log'),
      wrapper: ['nice', '-n', '5'],
      messages: true,
    }),
  );
  await said(attackers); // that it is ready
  const over = new AbortController();
  const good = sendGoodReviews({ url, ca, namespace, perSecond: options.good, signal: over.signal });
  const results = said(attackers) as Promise<Attacked>;
  const end = performance.now() + options.seconds * 1000;
  while (performance.now() < end && !signal.aborted) {
    const left = end - performance.now();
    await Promise.race([sleep(Math.min(left, 30_000), undefined, { signal }).catch(() => {}), results]);
    say(`${Math.max(0, Math.round((end - performance.now()) / 1000))} s left, ${supervised.restarts.length} restarts`);
  }
  attackers.child.send('end');
  const { attacks, ownDelay } = await results;
  over.abort();
  return {
    good: await good,
    attacks,
    attackersDelay: ownDelay,
    restarts: [...supervised.restarts],
    memoryKills: group.kills(),
    peakRss: supervised.peakMiB(),
    peakGroup: Math.round(group.peakBytes() / 2 ** 20),
    limit: Math.round(memoryBytes / 2 ** 20),
  };
}

/** The next message of the process. Throws with its last words where it ends instead. */
async function said(running: Logged): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const end = once(running.child, 'exit', { signal }).then(() => {
      throw new Error(`the attackers' process ${running.ended()}:\n${running.lastWords()}`);
    });
    const [message] = await Promise.race([once(running.child, 'message', { signal }), end]);
    return message;
  } finally {
    over.abort();
  }
}
