/**
 * One Python process that has loaded DVC's modules, and becomes a run of DVC by a fork: to load them is most of what a
 * short run does. What runs is the installed `dvc` itself, from its first line on and to its own exit code. Its side of
 * the conversation, and what the two say to each other, is python/dvc_injector_forks.py.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { type ChildOptions, type ChildResult, endedBy, keptStderr, runChild } from '../process/run-process.ts';

/** `exitCode` is null where `stop` ended the run. */
export type DvcResult = Pick<ChildResult, 'exitCode' | 'stderr'>;

export interface DvcForks {
  /** Begins to load the modules, if that was not done yet. */
  start(): void;
  /**
   * Runs DVC to its end; null where this process can't: not at all, not any more, or not beside another run.
   * @throws as `runChild`
   */
  run(args: readonly string[], cwd: string, ends: Pick<ChildOptions, 'signal' | 'stop'>): Promise<DvcResult | null>;
  /** Ends the process, and what runs in it. There are no further runs. */
  close(): Promise<void>;
}

/** What the process says of itself: that it can serve, or can not just now; and what is said of it once it has ended. */
const [ready, unable, gone] = ['ready', 'unable', 'gone'];

/** By which the process is told that it is one, and how it is to speak (python/dvc_injector_forks.py). */
const variable = 'DVC_INJECTOR_FORKS';

/**
 * Its process is begun by `start`, in this folder, or by the first run. A `dvc` that heeds no PYTHONPATH prints its
 * version instead, and that was it. `signal` ends all.
 */
export function dvcForks(env: Readonly<Record<string, string>>, cwd: string, signal: AbortSignal): DvcForks {
  let server: ForkServer | undefined;
  let busy = false;
  let closed = false;
  const start = () => {
    server ??= startServer(env, cwd, signal);
    return server;
  };
  return {
    start() {
      if (!closed) start();
    },
    async run(args, folder, { signal: ending, stop }) {
      if (closed) throw afterEnd();
      ending.throwIfAborted();
      if (busy) return null;
      const { begun, ask, over, end, isOver } = start();
      if (isOver()) return null;
      busy = true;
      const either = stop ? AbortSignal.any([ending, stop]) : ending;
      if (either.aborted) end();
      either.addEventListener('abort', end, { once: true });
      try {
        let outcome = await Promise.race([begun, over]);
        if (outcome.what !== gone && !either.aborted) outcome = await Promise.race([ask({ args, cwd: folder }), over]);
        if (either.aborted) outcome = await over; // whoever waits for the run's end removes what it uses
        ending.throwIfAborted();
        const { what, stderr } = outcome;
        if (closed) throw afterEnd();
        if (stop?.aborted) return { exitCode: null, stderr };
        if (what === gone || what === unable) return null;
        const code = Number(what);
        if (code < 0) throw endedBy(signalName(-code), 'dvc', stderr);
        return { exitCode: code, stderr };
      } finally {
        either.removeEventListener('abort', end);
        busy = false;
      }
    },
    async close() {
      closed = true;
      server?.end();
      await server?.over.catch(() => {});
    },
  };
}

interface Outcome {
  /** One of these three, or what a run came to: its exit code, or less than zero the number of the signal that ended it. */
  what: string;
  /** The last part of what was said on the way to it. */
  stderr: string;
}

interface ForkServer {
  /** Resolves when it can be asked for the first time. */
  begun: Promise<Outcome>;
  /** Resolves when the run is over. */
  ask(request: { args: readonly string[]; cwd: string }): Promise<Outcome>;
  /** Resolves when all of it has ended, whatever its exit code: it is none of a run's. Rejects as `runChild`. */
  over: Promise<Outcome>;
  end(): void;
  /** Whether it has ended or is about to. */
  isOver(): boolean;
}

function startServer(env: Readonly<Record<string, string>>, cwd: string, signal: AbortSignal): ForkServer {
  const mark = randomUUID(); // begins each line that it says to us; none but it and its forks know it
  const talk = listenFor(mark);
  const stop = new AbortController();
  let requests: Writable | undefined;
  const begun = talk.next();
  const child = runChild('dvc', ['--version'], {
    env: { ...env, [variable]: JSON.stringify({ mark, ready, unable }) },
    cwd,
    signal,
    stop: stop.signal,
    onStdin(stdin) {
      requests = stdin;
    },
    onStderr: talk.hear,
  });
  const over = child.finally(() => stop.abort()).then(() => ({ what: gone, stderr: talk.said() }));
  over.catch(() => {}); // whoever then wants to run something is told
  return {
    begun,
    ask(request) {
      const answer = talk.next();
      requests?.write(`${JSON.stringify(request)}\n`);
      return answer;
    },
    over,
    end: () => stop.abort(),
    isOver: () => stop.signal.aborted,
  };
}

/** Cuts stderr, which all runs write to, where the process says what came of one. */
function listenFor(mark: string) {
  const line = new RegExp(`\\n${mark} (\\S+)\\n`);
  let said = '';
  let tell: (outcome: Outcome) => void = () => {};
  return {
    hear(text: string) {
      said += text;
      const found = line.exec(said);
      if (found?.[1] === undefined) said = said.slice(-2 * keptStderr);
      else {
        tell({ what: found[1], stderr: said.slice(0, found.index).slice(-keptStderr) });
        said = said.slice(found.index + found[0].length);
      }
    },
    next() {
      said = ''; // the words of somebody whom an earlier run left behind are none of the next one's
      return new Promise<Outcome>((resolve) => {
        tell = resolve;
      });
    },
    said: () => said.slice(-keptStderr),
  };
}

function afterEnd(): Error {
  return new Error('DVC is to be run after the end of the fetch');
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
