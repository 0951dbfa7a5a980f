/** The process of all attackers: apart from the good reviews, whose clock it must not disturb. Its parent tells it to end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, Target } from './attacks/attack.ts';
import { bodies, prepareBodies } from './attacks/bodies.ts';
import { unfinished } from './attacks/unfinished.ts';
import { watchOwnDelay } from './own-delay.ts';

/** What became of an attack's tries. */
export interface AttackResult {
  name: string;
  connections: number;
  /** How often each ending, and after how many milliseconds at most. */
  endings: Record<string, { count: number; longest: number }>;
}

/** What this process says at its end; before it attacks it says 'ready'. */
export interface Attacked {
  attacks: AttackResult[];
  /** How long it was kept from attacking at most, by the machine or itself, in milliseconds. */
  ownDelay: number;
}

export interface AttackOrder extends Target {
  connections: number;
  only: readonly string[] | undefined;
}

/** What the soak's own end cut off says nothing. */
const cutOff = 'open at the end';

/**
 * Attacks for ever; the function that it returns says what has come of that until now. No try listens to a signal for the end:
 * thousands of listeners to one signal take seconds.
 */
function attack({ name, part, pause, attempt }: Attack, order: AttackOrder): () => AttackResult {
  const result: AttackResult = { name, connections: Math.max(1, Math.round(order.connections * part)), endings: {} };
  const open = new Set<{ begun: number }>();
  const count = (how: string, begun: number) => {
    result.endings[how] ??= { count: 0, longest: 0 };
    const ending = result.endings[how];
    ending.count += 1;
    ending.longest = Math.max(ending.longest, performance.now() - begun);
  };
  let number = 0;
  const lane = async () => {
    // Not all in the same instant: a queue of handshakes is no attack of its own.
    await sleep(Math.random() * 2000);
    for (;;) {
      const current = { begun: performance.now() };
      open.add(current);
      count(await attempt(order, number++), current.begun);
      open.delete(current);
      await sleep(pause);
    }
  };
  for (let started = 0; started < result.connections; started += 1) lane();
  return () => {
    for (const { begun } of open) count(cutOff, begun);
    return result;
  };
}

const order: AttackOrder = JSON.parse(process.argv[2] ?? '');
process.on('disconnect', () => process.exit(1));
const chosen = [...bodies, ...unfinished].filter(({ name }) => !order.only || order.only.includes(name));
prepareBodies(order);
process.send?.('ready');
const delay = watchOwnDelay();
const attacking = chosen.map((each) => attack(each, order));
process.on('message', () => {
  const attacked: Attacked = { ownDelay: delay.longest(), attacks: attacking.map((ended) => ended()) };
  process.send?.(attacked, () => process.exit(0));
});
