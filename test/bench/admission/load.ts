/** Puts one load onto a server, and says what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { cpuOf, machineSeconds, ownSeconds } from './processors.ts';
import type { RunningServer } from './server.ts';

/** One load. Times are in milliseconds. */
export interface Load {
  requestsPerSecond: number;
  p50: number;
  p99: number;
  longest: number;
  /** Processor time that the server had for each request, in microseconds. */
  cpuMicros: number;
  /** The part of its time for which the load program itself was busy: near 1 it would be what is measured. */
  clientBusy: number;
  /** The part of the machine's time that others had meanwhile, the host's other guests (steal) among them. */
  othersShare: number;
}

export interface LoadOrder {
  program: string;
  server: RunningServer;
  /** The file of the reviews and their answers. */
  reviews: string;
  connections: number;
  seconds: number;
  signal: AbortSignal;
}

/** @throws where one answer was wrong */
export async function putLoad({ program, server, reviews, connections, seconds, signal }: LoadOrder): Promise<Load> {
  const { port, path, process: running } = server;
  const args = ['--address', `127.0.0.1:${port}`, '--path', path, '--reviews', reviews];
  const before = { machine: machineSeconds(), own: ownSeconds(), server: cpuOf(running.pid) };
  const { stdout } = await execa(program, [...args, '--connections', `${connections}`, '--time', `${seconds}s`], {
    cancelSignal: signal,
  }).catch(async (error) => {
    await sleep(200); // a server that has ended is known to have a moment later
    const ended = running.ended();
    throw new Error(ended === undefined ? error.stderr || error.message : `it ${ended}:\n${running.lastWords()}`, {
      cause: error,
    });
  });
  const result = JSON.parse(stdout);
  if (result.wrong > 0) throw new Error(`${result.wrong} answers are wrong, the first one is ${result.firstWrong}`);
  const after = { machine: machineSeconds(), own: ownSeconds(), server: cpuOf(running.pid) };
  const others = after.machine.processes - before.machine.processes - (after.own - before.own);
  const foreign = Math.max(0, others) + after.machine.steal - before.machine.steal;
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    longest: result.longest,
    cpuMicros: ((after.server - before.server) / result.requests) * 1e6,
    clientBusy: result.busy,
    othersShare: foreign / (after.machine.all - before.machine.all),
  };
}
