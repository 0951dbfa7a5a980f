/** A server of a measurement as a process: its log in a file, its process id the server's own, and it ends with us however we end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface Logged extends AsyncDisposable {
  /** Of the server itself: what it is wrapped in becomes it by exec. */
  readonly pid: number;
  readonly child: ChildProcess;
  /** Undefined while it runs, else how it ended, as words. */
  ended(): string | undefined;
  /** The last lines that it wrote to stdout and stderr. */
  lastWords(): string;
}

export interface LoggedOptions {
  /** The file of its stdout and stderr, which it is added to. */
  log: string;
  /** Added to our own environment. */
  env?: Readonly<Record<string, string>>;
  /** Programs that end by exec, such as `taskset --cpu-list 0`. */
  wrapper?: readonly string[];
  /** Whether messages are exchanged with it, for which it has to be Node. */
  messages?: boolean;
}

/** Starts it. The kernel kills it where we end first. */
export function startLogged(command: readonly string[], options: LoggedOptions): Logged {
  const log = openSync(options.log, 'a');
  const args = ['--pdeathsig', 'KILL', '--', ...(options.wrapper ?? []), ...command];
  const child = spawn('setpriv', args, {
    stdio: ['ignore', log, log, ...(options.messages ? (['ipc'] as const) : [])],
    env: { ...process.env, ...options.env },
  });
  closeSync(log);
  if (child.pid === undefined) throw new Error('setpriv (util-linux) is missing');
  const end = once(child, 'exit');
  const ended = () => {
    if (child.signalCode) return `was ended by ${child.signalCode}`;
    return child.exitCode === null ? undefined : `ended with exit code ${child.exitCode}`;
  };
  return {
    pid: child.pid,
    child,
    ended,
    lastWords: () => readFileSync(options.log, 'utf8').trimEnd().split('\n').slice(-8).join('\n'),
    async [Symbol.asyncDispose]() {
      if (ended() === undefined) child.kill('SIGKILL');
      await end;
    },
  };
}

/** The processors that this process may use: one for the server, and the others. Undefined where there is only one. */
export function splitProcessors(): { server: string; others: string } | undefined {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? `0-${availableParallelism() - 1}`;
  const all = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  const [server, ...others] = all;
  return server === undefined || others.length === 0 ? undefined : { server: String(server), others: others.join(',') };
}
