/** What the figures were measured on: without it they mean nothing. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Machine {
  hardware: string;
  versions: string;
}

/** Asks with the environment in which the tools of the run are found. */
export async function describeMachine(tools: Readonly<Record<string, string>>): Promise<Machine> {
  const first = async (program: string, args: string[]) => {
    const { stdout } = await execa(program, args, { env: tools, extendEnv: false, reject: false });
    return stdout.split('\n')[0] ?? '';
  };
  const gateway = readFileSync(join(import.meta.dirname, '..', '..', '..', 'provision', 's3', 'go.mod'), 'utf8');
  const load = loadavg()[0]?.toFixed(1);
  const memory = Math.round(totalmem() / 2 ** 30);
  const cores = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  return {
    hardware: `${cores}, ${memory} GiB of memory, ${type()} ${release()}, load before the run ${load}`,
    versions: [
      `node ${process.version}`,
      `DVC ${await first('dvc', ['--version'])}`,
      await first('git', ['--version']),
      `versitygw ${/github\.com\/versity\/versitygw (v\S+)/.exec(gateway)?.[1]}`,
    ].join(', '),
  };
}
