/** Runs git and DVC: never through a shell, in a process group of their own, with exactly the environment given. */
import type { Writable } from 'node:stream';
import { execa } from 'execa';
import { FetchFailure } from '../failure/fetch-failure.ts';

/** What a child needs; `signal` ends its whole group and makes `runChild` throw the signal's reason. */
export interface ChildOptions {
  env: Readonly<Record<string, string>>;
  cwd: string;
  signal: AbortSignal;
  /** How many bytes of stdout are kept; a child that prints more is ended. */
  maxStdout?: number;
  /** Ends the group too, but without an error: whoever aborts it knows why. */
  stop?: AbortSignal;
  /** Gets the child's stdin, which is empty without it. */
  onStdin?: (stdin: Writable) => void;
  /** Told what the child says on stderr, as it says it; then none of it is in the result. */
  onStderr?: (text: string) => void;
}

export interface ChildResult {
  /** Null if it was ended by `stop`. */
  exitCode: number | null;
  stdout: Buffer;
  /** The last part of stderr. */
  stderr: string;
}

/** In characters. */
export const keptStderr = 64 * 1024;
/** In milliseconds, between asking a group to end and insisting; well within a pod's own grace period. */
const grace = 5_000;

/**
 * Runs a program to its end, whatever its exit code.
 * @throws {FetchFailure} `configuration` where the program is not on the PATH, `dataset` where it printed too much, `io`
 *   where a signal ended it that is not ours
 */
export async function runChild(program: string, args: readonly string[], options: ChildOptions): Promise<ChildResult> {
  const { env, cwd, signal, stop, maxStdout = 1024 * 1024 } = options;
  signal.throwIfAborted();
  const ended = stop ? AbortSignal.any([signal, stop]) : signal;
  const child = execa(program, args, {
    env,
    extendEnv: false,
    cwd,
    // A session of its own: git's helpers and DVC's workers end with it, and none can ask at the terminal.
    killDescendants: true,
    cancelSignal: ended,
    forceKillAfterDelay: grace,
    cleanup: false, // it would listen to signals of this process, which has its own orderly end
    stdin: options.onStdin ? 'pipe' : 'ignore',
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    buffer: { stdout: true, stderr: false },
    maxBuffer: maxStdout,
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    if (options.onStderr) options.onStderr(text);
    else stderr = (stderr + text).slice(-keptStderr);
  });
  child.stdin?.on('error', () => {}); // it has ended, of which its exit code tells more
  if (child.stdin) options.onStdin?.(child.stdin);
  // A helper of git's that waits for a server would hold our pipes for as long as that is silent.
  child.nodeChildProcess.once('exit', (_code, endedBySignal) => {
    if (endedBySignal) child.kill('SIGKILL');
  });
  const result = await child;
  // Its escalation ends with the child; of its group somebody may live on who heeds no SIGTERM and holds none of our pipes.
  if (ended.aborted || result.isMaxBuffer) child.kill('SIGKILL');
  signal.throwIfAborted();
  if (child.pid === undefined) throw cannotStart(program, result.cause);
  if (result.isMaxBuffer) throw new FetchFailure('dataset', `${program} ${args[0]} gave more than ${maxStdout} bytes`);
  if (result.signal !== undefined && !stop?.aborted) throw endedBy(result.signal, program, stderr);
  return { exitCode: result.exitCode ?? null, stdout: Buffer.from(result.stdout), stderr };
}

function cannotStart(program: string, cause: unknown): FetchFailure {
  const missing = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  return new FetchFailure(
    'configuration',
    missing
      ? `${program} is not on the PATH: use the fetcher image, or install it`
      : `${program} can't be started: ${(cause as Error | undefined)?.message ?? 'unknown cause'}`,
    { cause },
  );
}

/** Mostly by the kernel, which ended the largest process of a container that was out of memory. */
export function endedBy(signal: string, program: string, stderr: string): FetchFailure {
  return new FetchFailure(
    'io',
    `${program} was ended by ${signal}, as when memory runs out: run the fetch again, with more of it (annotation dvc.io/memory) if that repeats`,
    { details: lastLines(stderr) },
  );
}

/** What a child said last, for the log. */
export function lastLines(stderr: string): string[] {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-10);
}
