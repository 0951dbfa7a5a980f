/** Runs the real DVC hundreds of times in one test: each run is a fork of one Python process, in a tenth of the time. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isolatedEnvironment } from '../../../provision/isolated-tools.ts';

const program = join(import.meta.dirname, 'dvc_runs.py');

/** How a run of DVC ended, with all that it printed. */
export interface DvcRun {
  exitCode: number;
  output: string;
}

export interface DvcRuns extends AsyncDisposable {
  /** Runs `dvc <args>` in the folder `cwd` to its end, whatever that is. Throws where the process that forks is gone. */
  attempt(cwd: string, ...args: string[]): Promise<DvcRun>;
  /** As `attempt`, and throws what DVC printed where its exit code is not 0. */
  dvc(cwd: string, ...args: string[]): Promise<string>;
}

/** `bin` is the folder of an installed DVC. `home` is made, for what DVC and git keep of a user. */
export function startDvcRuns(bin: string, home: string): DvcRuns {
  const environment = isolatedEnvironment(home);
  forbidUpdates(environment.DVC_GLOBAL_CONFIG_DIR);
  const child = spawn(join(bin, 'python'), [program], {
    env: { ...environment, PATH: `${bin}${delimiter}${environment.PATH}` },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = new Map<number, { resolve: (exitCode: number) => void; reject: (error: Error) => void }>();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('the process that runs DVC ended'));
  });
  child.stdin.on('error', () => {}); // it is gone, which `ended` tells
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, exitCode } = JSON.parse(line) as { id: number; exitCode: number };
    waiting.get(id)?.resolve(exitCode);
    waiting.delete(id);
  });
  let started = 0;
  const attempt = async (cwd: string, ...args: string[]): Promise<DvcRun> => {
    started += 1;
    const [id, output] = [started, join(home, `output-${started}`)];
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the process that runs DVC ended');
    const exitCode = await new Promise<number>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id, cwd, args, output })}\n`);
    });
    return { exitCode, output: readFileSync(output, 'utf8') };
  };
  return {
    attempt,
    async dvc(cwd, ...args) {
      const { exitCode, output } = await attempt(cwd, ...args);
      if (exitCode !== 0) throw new Error(`dvc ${args.join(' ')} ended with ${exitCode}:\n${output}`);
      return output;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** DVC would ask the network, in a process that outlives the run, whether there is a newer version. */
function forbidUpdates(configuration = ''): void {
  mkdirSync(configuration, { recursive: true });
  writeFileSync(join(configuration, 'config'), '[core]\n    check_update = false\n');
}
