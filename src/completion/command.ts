/** `dvc-injector completion`: prints a script that a shell reads, so that Tab completes commands and flags. */
import { completedCommands } from './flags.ts';
import { bashScript, fishScript, zshScript } from './scripts.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

const usage = `usage: dvc-injector completion bash|zsh|fish

Prints a script that completes the commands and their flags.

examples:
  source <(dvc-injector completion bash)                                     in ~/.bashrc
  source <(dvc-injector completion zsh)                                      in ~/.zshrc, behind compinit
  dvc-injector completion fish > ~/.config/fish/completions/dvc-injector.fish
`;

/** Returns 0, or 64 where there is no such shell. */
export async function completionCommand(args: string[]): Promise<number> {
  const [shell = ''] = args;
  if (['--help', '-h'].includes(shell)) {
    process.stdout.write(usage);
    return 0;
  }
  if (args.length !== 1 || !Object.hasOwn(scripts, shell)) {
    process.stderr.write(`dvc-injector completion: name one shell, bash, zsh or fish\n\n${usage}`);
    return 64;
  }
  process.stdout.write(scripts[shell as keyof typeof scripts](completedCommands()));
  return 0;
}
