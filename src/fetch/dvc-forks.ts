/**
 * One Python process that has loaded DVC's modules, and becomes a run of DVC by a fork: to load them is most of what a
 * short run does. What runs is the installed `dvc` itself, from its first line on and to its own exit code.
 */
import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { type ChildOptions, type ChildResult, endedBy, keptStderr, runChild } from './child.ts';

/** `exitCode` is null where `stop` ended the run. */
export type DvcResult = Pick<ChildResult, 'exitCode' | 'stderr'>;

export interface DvcForks {
  /**
   * Runs DVC to its end; null where this process can't: not at all, not any more, or not beside another run.
   * @throws as `runChild`
   */
  run(args: readonly string[], cwd: string, ends: Pick<ChildOptions, 'signal' | 'stop'>): Promise<DvcResult | null>;
  /** Ends the process. */
  close(): Promise<void>;
}

/** Its value begins each line that the process says to us, and nobody else knows it. */
const variable = 'DVC_INJECTOR_FORKS';

/** What Python is to run at its start (`pythonStart`), once it may load modules. */
export const forkStart = `if "${variable}" in os.environ:
    import dvc_injector_forks
`;

/** What a pull of objects that are there loads (DVC 3.67). A module that another version lacks, its runs do without. */
const modules = [
  ...['_debug', 'analytics', 'cachemgr', 'cli.parser', 'compare', 'data_cloud', 'dirs', 'lock', 'scm', 'ui'],
  ...['repo', 'repo.artifacts', 'repo.brancher', 'repo.datasets', 'repo.index', 'repo.metrics', 'repo.open_repo'],
  ...['repo.params', 'repo.plots', 'repo.stage', 'utils.strictyaml'],
].map((name) => `dvc.${name}`);
const dataModules = [
  ...['hashfile._progress', 'hashfile.db.index', 'hashfile.db.local', 'hashfile.status'],
  ...['index.checkout', 'index.collect', 'index.fetch'],
].map((name) => `dvc_data.${name}`);
const otherModules = ['configobj', 'fsspec.implementations.memory', 'rich.console'];

/**
 * The module `dvc_injector_forks`. It is left in forks only, and `dvc` goes on there as if it had just begun. As all of
 * them have one command line, `top` is told by other means what each does.
 */
export const forkProgram = `import gc
import importlib
import json
import os
import signal
import sys

mark = os.environ.pop("${variable}")


def call_process(name):
    try:
        with open("/proc/self/comm", "w") as file:
            file.write(name)
    except OSError:
        pass  # no Linux


def tell(what):
    os.write(2, f"\\n{mark} {what}\\n".encode())


for name in ${JSON.stringify([...modules, ...dataModules, ...otherModules])}:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
gc.freeze()
call_process("dvc-forks")
requests = os.fdopen(0, "rb", closefd=False)
tell("ready")
while True:
    line = requests.readline()
    if not line:
        os._exit(0)
    child = os.fork()
    if child == 0:
        break
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    tell(code if code >= 0 else signal.Signals(-code).name)
try:
    request = json.loads(line)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.chdir(request["cwd"])
    sys.argv[1:] = request["args"]
    call_process(f"dvc-{sys.argv[1]}")
except BaseException as error:
    print(f"dvc-injector: DVC can not be started ({error!r})", file=sys.stderr, flush=True)
    os._exit(255)
`;

/** Starts the process in a folder. A `dvc` that heeds no PYTHONPATH prints its version instead, and that was it. */
export function startForks(env: Readonly<Record<string, string>>, cwd: string, signal: AbortSignal): DvcForks {
  const mark = randomUUID();
  const talk = listenFor(mark);
  const end = new AbortController();
  let requests: Writable | undefined;
  let state: 'starting' | 'idle' | 'busy' | 'gone' = 'starting';
  const ready = talk.next();
  const over = runChild('dvc', ['--version'], {
    env: { ...env, [variable]: mark },
    cwd,
    signal,
    stop: end.signal,
    onStdin(stdin) {
      requests = stdin;
    },
    onStderr: talk.hear,
  })
    .then(({ exitCode }) => ({ what: String(exitCode), stderr: talk.said() }))
    .finally(() => {
      state = 'gone';
    });
  over.catch(() => {}); // whoever then wants to run something is told
  return {
    async run(args, folder, { signal: ending, stop }) {
      ending.throwIfAborted();
      if (state === 'starting') {
        await Promise.race([ready, over]);
        if (state === 'starting') state = 'idle';
      }
      if (state !== 'idle') return null;
      state = 'busy';
      const endNow = () => end.abort();
      const either = stop ? AbortSignal.any([ending, stop]) : ending;
      either.addEventListener('abort', endNow, { once: true });
      try {
        const answer = talk.next();
        requests?.write(`${JSON.stringify({ args, cwd: folder })}\n`);
        const { what, stderr } = await Promise.race([answer, over]);
        ending.throwIfAborted();
        if (/^[0-9]+$/.test(what)) return { exitCode: Number(what), stderr };
        if (stop?.aborted) return { exitCode: null, stderr };
        throw endedBy(what, 'dvc', stderr);
      } finally {
        either.removeEventListener('abort', endNow);
        if (state === 'busy') state = 'idle';
      }
    },
    async close() {
      end.abort();
      await over.catch(() => {});
    },
  };
}

interface Outcome {
  /** `ready`, an exit code, the name of the signal that ended a run, or `null` where the process itself was ended. */
  what: string;
  /** The last part of what came since the outcome before. */
  stderr: string;
}

/** Cuts stderr, which all runs write to, where the process says that one is over. */
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
    next: () =>
      new Promise<Outcome>((resolve) => {
        tell = resolve;
      }),
    said: () => said.slice(-keptStderr),
  };
}
