/** What the turns of a run say together: medians, and ratios to the bare Node server that are medians of pairs. */
import { median } from './median.ts';
import type { ServerName } from './options.ts';
import type { Kind } from './reviews.ts';
import type { Turn } from './rounds.ts';

/** One line of the table. */
export interface Figures {
  server: ServerName;
  kind: Kind;
  connections: number;
  requestsPerSecond: number;
  p50: number;
  p99: number;
  cpuMicros: number;
  /** In bytes, after its last turn. */
  rss: number;
  /** To bare Node in the same round; undefined where that wasn't run. */
  ratio: { requests: number; p99: number } | undefined;
  /** Of how many turns. */
  turns: number;
  disturbed: number;
}

/** In the order of the first round. */
export function figuresOf(turns: readonly Turn[]): Figures[] {
  const key = ({ kind, connections, server }: Turn) => `${kind} ${connections} ${server}`;
  return [...Map.groupBy(turns, key).values()].flatMap((same) => {
    const last = same.at(-1);
    if (!last) return [];
    const { server, kind, connections, rss } = last;
    const middle = (pick: (turn: Turn) => number) => median(same.map(pick));
    return {
      ...{ server, kind, connections, rss },
      requestsPerSecond: middle((turn) => turn.requestsPerSecond),
      p50: middle((turn) => turn.p50),
      p99: middle((turn) => turn.p99),
      cpuMicros: middle((turn) => turn.cpuMicros),
      ratio: ratioOf(same, turns),
      turns: same.length,
      disturbed: same.filter((turn) => turn.disturbed).length,
    };
  });
}

function ratioOf(same: readonly Turn[], all: readonly Turn[]): Figures['ratio'] {
  const pairs = same.flatMap((turn) => {
    const bare = all.find(
      ({ server, kind, connections, round }) =>
        server === 'bare-node' && kind === turn.kind && connections === turn.connections && round === turn.round,
    );
    return bare ? [{ turn, bare }] : [];
  });
  if (pairs.length === 0) return undefined;
  return {
    requests: median(pairs.map(({ turn, bare }) => turn.requestsPerSecond / bare.requestsPerSecond)),
    p99: median(pairs.map(({ turn, bare }) => turn.p99 / bare.p99)),
  };
}
