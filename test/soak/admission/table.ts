/** What an attack soak saw, for people. */
import type { AttackSoak } from './soak-admission.ts';

export function attackTable(soak: AttackSoak): string[] {
  const { good, attacks, attackersDelay, restarts, peakRss, peakGroup, limit } = soak;
  const width = Math.max(...attacks.map(({ name }) => name.length));
  const line = (name: string, connections: string, rest: string) =>
    `${name.padEnd(width)}  ${connections.padStart(11)}  ${rest}`;
  return [
    line('attack', 'connections', 'how its tries ended, and after how long at most'),
    ...attacks.map(({ name, connections, endings }) => {
      const words = Object.entries(endings)
        .sort(([, one], [, other]) => other.count - one.count)
        .map(([how, { count, longest }]) => `${how} ${count} × (${(longest / 1000).toFixed(1)} s)`);
      return line(name, String(connections), words.join(', '));
    }),
    '',
    `good reviews: ${good.sent} sent, ${good.right} right, ${good.late} of them late; p99 ${good.p99.toFixed(0)} ms, longest ${good.longest.toFixed(0)} ms (we ourselves were late by up to ${good.ownDelay.toFixed(0)} ms, the attackers by ${attackersDelay.toFixed(0)} ms)`,
    `memory: the process had up to ${peakRss} MiB, its control group with file cache ${peakGroup} of ${limit} MiB`,
    `restarts: ${restarts.length === 0 ? 'none' : restarts.join('; ')}`,
  ];
}
