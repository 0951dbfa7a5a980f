/** kubectl of the control plane's own version, so that a test never depends on the kubectl of the machine. */
import { execa } from 'execa';
import type { Command } from '../../../provision/kubernetes.ts';

/** What kubectl left behind. */
export interface KubectlResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** How one call is made. */
export interface KubectlOptions {
  /** Its stdin, for `-f -`. */
  input?: string;
  /** Throw an Error with the command line and stderr unless the exit code is 0. */
  check?: boolean;
}

/** Runs kubectl as the cluster's administrator; add `--as=…` to be somebody else. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

/** A kubectl that uses this kubeconfig, keeps its cache in `cache`, and reads no settings of the user's. */
export function kubectlWith(command: Command, kubeconfig: string, cache: string): Kubectl {
  const [program, ...first] = command;
  return async (args, options = {}) => {
    const { exitCode, stdout, stderr, shortMessage } = await execa(program, [...first, ...args], {
      reject: false,
      env: { KUBECONFIG: kubeconfig, KUBECACHEDIR: cache, KUBERC: 'off' },
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    });
    if (exitCode === undefined) throw new Error(shortMessage ?? `${program} can't be run`);
    if (options.check && exitCode !== 0) {
      throw new Error(`kubectl ${args.join(' ')} ended with exit code ${exitCode}:\n${stderr}`);
    }
    return { stdout, stderr, exitCode };
  };
}
