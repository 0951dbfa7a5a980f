/** A pod's init container, without the pod: a fetcher with a scratch of its own, killed and restarted in all the ways there are. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { makePlace, type Outcome, type Place, type Running } from '../support/fetch/fetcher.ts';
import { killProcess, toolsOf } from '../support/process/processes.ts';

/** The ways to die. */
export const killModes = {
  container: 'the kernel ends the container: the fetcher and everything that it started',
  process: 'the fetcher alone is killed, and its git or DVC lives on',
  tool: 'git or DVC alone is killed, as when memory runs out',
  SIGTERM: 'the kubelet asks the container to end',
} as const;

export type KillMode = keyof typeof killModes;

/** One pod. `restart` is what the kubelet does: the same scratch, another process. */
export interface Pod extends AsyncDisposable {
  readonly name: string;
  readonly scratch: string;
  /** The fetch under way, or the last one. */
  readonly running: Running;
  /** Whether git or DVC of the last fetch was killed, and not the fetcher. */
  readonly toolKilled: boolean;
  /** Undefined while the fetch is under way. */
  readonly outcome: Outcome | undefined;
  /** What lay in the scratch when the last fetch started. */
  readonly inherited: ReadonlySet<string>;
  /** What the fetcher does, by its last word about that; `start` before it said anything. */
  phase(): string;
  restart(): void;
  /** Resolves when it is killed; returns what was really done, as there may be no tool to kill. */
  strike(mode: KillMode): Promise<KillMode>;
  /** Resolves when nothing that any of its fetches started is alive. */
  orphansEnded(): Promise<void>;
}

/** How a pod is told what to fetch, and where its log is kept. */
export interface PodOrder {
  name: string;
  volume: string;
  reference: string;
  options: { flags: readonly string[]; environment: Readonly<Record<string, string>> };
  logs: string;
}

/** Starts the pod's first fetch. */
export async function startPod({ name, volume, reference, options, logs }: PodOrder): Promise<Pod> {
  const place: Place = await makePlace();
  mkdirSync(logs, { recursive: true });
  let runs = 0;
  let running: Running;
  let outcome: Outcome | undefined;
  let toolKilled = false;
  let inherited: ReadonlySet<string> = new Set();
  const restart = () => {
    runs += 1;
    const log = join(logs, `${name}-${runs}.log`);
    inherited = new Set(readdirSync(place.scratch));
    const now = place.start(reference, { ...options, volume });
    running = now;
    outcome = undefined;
    toolKilled = false;
    now.ended.then((end) => {
      writeFileSync(log, end.output);
      if (running === now) outcome = end;
    });
  };
  restart();
  return {
    name,
    scratch: place.scratch,
    get running() {
      return running;
    },
    get outcome() {
      return outcome;
    },
    get toolKilled() {
      return toolKilled;
    },
    get inherited() {
      return inherited;
    },
    phase: () => phaseOf(running),
    restart,
    async strike(mode) {
      const killed = await strike(running, place.scratch, mode);
      toolKilled = killed === 'tool';
      return killed;
    },
    orphansEnded: () => orphansEnded(place.scratch),
    async [Symbol.asyncDispose]() {
      running.process.kill('SIGKILL');
      await running.ended;
      await killTools(place.scratch);
      await place[Symbol.asyncDispose]();
    },
  };
}

function phaseOf({ log }: Running): string {
  const last = log.findLast((line) => typeof line.phase === 'string');
  return typeof last?.phase === 'string' ? last.phase : 'start';
}

async function strike(running: Running, scratch: string, mode: KillMode): Promise<KillMode> {
  if (mode === 'tool') {
    const tools = toolsOf(scratch);
    for (const pid of tools) killProcess(pid);
    return tools.length > 0 ? 'tool' : strike(running, scratch, 'container');
  }
  running.process.kill(mode === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL');
  await running.ended;
  if (mode === 'container') await killTools(scratch);
  return mode;
}

async function killTools(scratch: string): Promise<void> {
  await eventually('nothing of the container runs', async () => {
    const left = toolsOf(scratch);
    left.forEach(killProcess);
    return left.length === 0;
  });
}

async function orphansEnded(scratch: string): Promise<void> {
  await eventually('what a killed fetcher left behind ends', async () => toolsOf(scratch).length === 0, 120);
}
