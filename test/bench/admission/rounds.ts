/** The loads in their order: each server has its turn right after the others, round after round, so that pairs can be compared. */
import { readFileSync } from 'node:fs';
import { type Load, putLoad } from './load.ts';
import type { Options, ServerName } from './options.ts';
import { type Kind, kinds } from './reviews.ts';
import type { RunningServer } from './server.ts';

/** A load by what was asked of whom. */
export interface Turn extends Load {
  server: ServerName;
  kind: Kind;
  connections: number;
  round: number;
  /** Resident memory right after it, in bytes. */
  rss: number;
  /** Others used the machine, the repetitions included. */
  disturbed: boolean;
}

/** Above this share of the machine's time others have changed the figures. */
export const mostOthers = 0.03;

export interface RoundsOrder {
  options: Options;
  servers: ReadonlyMap<ServerName, RunningServer>;
  /** The load program. */
  program: string;
  file: (server: ServerName, kind: Kind) => string;
  signal: AbortSignal;
  say: (line: string) => void;
}

/** Runs all rounds, after a turn of each that doesn't count: code that nobody has run yet is slow in Node. */
export async function runRounds(order: RoundsOrder): Promise<Turn[]> {
  const { options, servers, say } = order;
  const most = Math.max(...options.connections);
  for (const name of servers.keys()) {
    for (const kind of kinds) await turn(order, { name, kind, connections: most, round: -1 });
  }
  const turns: Turn[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    for (const kind of kinds) {
      for (const connections of options.connections) {
        for (const name of servers.keys()) turns.push(await quietTurn(order, { name, kind, connections, round }));
      }
    }
    const disturbed = turns.filter((each) => each.round === round && each.disturbed).length;
    say(`round ${round + 1} of ${options.rounds}${disturbed > 0 ? `, ${disturbed} loads disturbed by others` : ''}`);
  }
  return turns;
}

interface Which {
  name: ServerName;
  kind: Kind;
  connections: number;
  round: number;
}

/** The least disturbed of as many tries as are allowed, the first quiet one ending them. */
async function quietTurn(order: RoundsOrder, which: Which): Promise<Turn> {
  let best = await turn(order, which);
  for (let repeat = 0; repeat < order.options.repeats && best.disturbed; repeat += 1) {
    const next = await turn(order, which);
    if (next.othersShare < best.othersShare) best = next;
  }
  return best;
}

async function turn(order: RoundsOrder, { name, kind, connections, round }: Which): Promise<Turn> {
  const { options, program, signal } = order;
  const server = order.servers.get(name);
  if (!server) throw new Error(`${name} was not started`);
  try {
    const reviews = order.file(name, kind);
    const load = await putLoad({ program, server, reviews, connections, seconds: options.seconds, signal });
    const rss = residentBytes(server.process.pid);
    return { ...load, server: name, kind, connections, round, rss, disturbed: load.othersShare > mostOthers };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${name} with ${connections} connections: ${(error as Error).message}`, { cause: error });
  }
}

/** Of this process alone. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? Number.NaN) * 1024;
}
