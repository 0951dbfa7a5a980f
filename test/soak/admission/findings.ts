/** Which promises a soak saw broken, as sentences. */
import { neverEnded } from './attacks/attack.ts';
import { mostMilliseconds } from './good.ts';
import type { AttackSoak } from './soak-admission.ts';

/** Who is kept from attacking or looking for longer, in milliseconds, proves nothing. */
const mostOwnDelay = 5000;

export function findingsOf(soak: AttackSoak): string[] {
  return [...brokenPromises(soak), ...lateness(soak)];
}

/** What no machine excuses, however busy it is. */
export function brokenPromises({ restarts, memoryKills, good, attacks, peakRss, limit }: AttackSoak): string[] {
  const found: string[] = [];
  if (restarts.length > 0)
    found.push(`it had to be started anew, ${restarts.length} ×: ${[...new Set(restarts)].join('; ')}`);
  if (memoryKills > 0) found.push(`the kernel ended the webhook ${memoryKills} times for its memory`);
  const wrong = Object.entries(good.wrong);
  if (wrong.length > 0) {
    const words = wrong.map(([what, count]) => `${count} × ${what}`).join(', ');
    found.push(`${good.sent - good.right} of ${good.sent} good reviews were not answered rightly: ${words}`);
  }
  if (good.right === 0) found.push('no good review was answered rightly');
  if (peakRss > limit) found.push(`it took ${peakRss} MiB, and the chart gives it ${limit}`);
  for (const { name, endings } of attacks) {
    const { 500: bug } = endings;
    if (bug) found.push(`${name}: ${bug.count} answers had status 500`);
    if (Object.keys(endings).length === 0) found.push(`${name}: it was never tried`);
  }
  return found;
}

function lateness({ good, attacks, attackersDelay }: AttackSoak): string[] {
  const found: string[] = [];
  if (good.late > 0) found.push(`${good.late} good reviews were answered later than after ${mostMilliseconds} ms`);
  for (const { name, endings } of attacks) {
    const held = endings[neverEnded];
    if (held) found.push(`${name}: ${held.count} connections were neither answered nor ended, ${neverEnded}`);
  }
  const delay = Math.max(attackersDelay, good.ownDelay);
  if (delay > mostOwnDelay) {
    found.push(
      `the soak itself was blocked for ${(delay / 1000).toFixed(1)} s: the machine is too busy, and what is said of time proves nothing`,
    );
  }
  return found;
}
