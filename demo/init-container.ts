/** Stands in for the kubelet: runs the command of an injected init container, unchanged but for the appended flags, on this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { quote } from './screen.ts';
import { stopProcess, type Workspace } from './workspace.ts';

/** The fields of a container that are needed to start it. */
export interface InitContainer {
  name: string;
  command: string[];
  env: { name: string; value?: string }[];
}

/** What the kubelet and the image would provide. */
export interface Machine {
  PATH: string;
  /** The folders that stand for the pod's volumes. */
  volume: string;
  scratch: string;
}

/** What is appended to the command: where the volumes are on this machine, and that a repository may be a folder. */
export function appendedFlags({ volume, scratch }: Machine): string[] {
  return ['--volume', volume, '--scratch', scratch, '--allow-scheme', 'file'];
}

/** Runs it to its end, and shows its log; throws where it fails. */
export async function runInitContainer(
  workspace: Workspace,
  container: InitContainer,
  machine: Machine,
): Promise<void> {
  const [program = '', ...args] = container.command;
  const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value ?? '']));
  const child = spawn(program, [...args, ...appendedFlags(machine)], {
    env: { ...env, PATH: machine.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  workspace.atEnd(() => stopProcess(child));
  createInterface(child.stdout).on('line', (line) => quote(container.name, readable(line)));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${container.name} ended with ${signal ?? `exit code ${code}`}`);
}

/** The log is JSON for a cluster's collectors; here people read it. */
function readable(line: string): string {
  if (!line.startsWith('{')) return line;
  const { msg, time: _time, level: _level, phase: _phase, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
  return rest.length > 0 ? `${msg} (${rest.join(', ')})` : String(msg);
}
