/** The process of all attackers: apart from the good reviews, whose clock it must not disturb. Its parent tells it to end. */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, cutOff, type Target } from './attacks/attack.ts';
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

const over = new AbortController();

async function attack({ name, part, pause, attempt }: Attack, order: AttackOrder): Promise<AttackResult> {
  const result: AttackResult = { name, connections: Math.max(1, Math.round(order.connections * part)), endings: {} };
  let number = 0;
  const lane = async () => {
    // Not all in the same instant: a queue of handshakes is no attack of its own.
    await sleep(Math.random() * 2000, undefined, { signal: over.signal }).catch(() => {});
    while (!over.signal.aborted) {
      const begun = performance.now();
      const how = await attempt(order, number++, over.signal);
      result.endings[how] ??= { count: 0, longest: 0 };
      const ending = result.endings[how];
      ending.count += 1;
      ending.longest = Math.max(ending.longest, performance.now() - begun);
      if (how !== cutOff) await sleep(pause, undefined, { signal: over.signal }).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: result.connections }, lane));
  return result;
}

EventEmitter.setMaxListeners(0, over.signal); // thousands wait for it

const order: AttackOrder = JSON.parse(process.argv[2] ?? '');
process.on('message', () => over.abort());
process.on('disconnect', () => process.exit(1));
const chosen = [...bodies, ...unfinished].filter(({ name }) => !order.only || order.only.includes(name));
prepareBodies(order);
process.send?.('ready');
const delay = watchOwnDelay();
const attacks = await Promise.all(chosen.map((each) => attack(each, order)));
const attacked: Attacked = { attacks, ownDelay: delay.longest() };
process.send?.(attacked, () => process.exit(0));
