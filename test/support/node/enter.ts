/**
 * Runs a program on a machine of its own: namespaces for processes, mounts and network. When its first process ends, the
 * kernel ends all others, containers included, and takes away every mount, interface and packet filter rule. Nothing else
 * could promise that after a SIGKILL, and nothing of the real machine's network is touched.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program on a machine of its own. */
export interface Entered {
  /** Its exit code, or 1 where it was killed. */
  ended: Promise<number>;
  /** Ends it and all that it started. */
  stop(): void;
}

/** How it is run. */
export interface Entering {
  /** Whether on a machine of its own, with the network down, or on this one. */
  machine: boolean;
  environment: NodeJS.ProcessEnv;
}

/**
 * Starts `command`, which has to end when its stdin closes: so it also ends when this process does, whatever happens to
 * it.
 */
export function enterMachine(command: readonly string[], { machine, environment }: Entering): Entered {
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];
  const entrance = ['unshare', ...namespaces, '--propagation', 'private'];
  // A shell is the first process: it waits for orphans, whose parent the containers' supervisors become.
  const first = ['sh', '-c', '"$@"; exit $?', 'sh'];
  const [program = '', ...args] = machine ? [...entrance, ...first, ...command] : command;
  const child = spawn(program, args, {
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true, // Ctrl-C is for us, who then stop it
    env: environment,
  });
  const ended = once(child, 'exit').then(([code]) => (code as number | null) ?? 1);
  return {
    ended,
    stop() {
      child.stdin.destroy();
      child.kill('SIGKILL');
    },
  };
}
