/** Finds a command by its name, loads it and runs it. */
import { version } from './version.ts';

/** Takes the arguments behind its name and the environment, resolves to the exit code. */
type Command = (args: string[], environment: NodeJS.ProcessEnv) => Promise<number>;

interface CommandRow {
  does: string;
  usage: string;
  load: () => Promise<Command>;
}

/** Each command is imported only when it runs: the Kubernetes client alone would cost the others 0.4 s. */
const commands: Record<string, CommandRow> = {
  webhook: {
    does: 'serves the mutating admission webhook',
    usage: 'webhook --config FILE',
    load: async () => (await import('./webhook/command.ts')).webhookCommand,
  },
  fetch: {
    does: "fetches a dataset onto the shared volume: the init container's command",
    usage: 'fetch --dataset <repo>@<sha>:<split> [--volume DIR] [--scratch DIR] …',
    load: async () => (await import('./fetch/command.ts')).fetchCommand,
  },
  check: {
    does: 'finds out whether a fetch would work, without data: of references, manifests or a working copy',
    usage: 'check REFERENCE… | -f FILE… | --local [PATH] [-o json]',
    load: async () => (await import('./check/command.ts')).checkCommand,
  },
  inject: {
    does: 'prints manifests with their pods injected, offline',
    usage: 'inject [-f FILE|-] [--config FILE] [-n NAMESPACE]',
    load: async () => (await import('./inject/command.ts')).injectCommand,
  },
  completion: {
    does: 'prints what completes these commands and their flags in a shell',
    usage: 'completion bash|zsh|fish',
    load: async () => (await import('./completion/command.ts')).completionCommand,
  },
};

function usage(): string {
  const rows = Object.values(commands).map((row) => `  dvc-injector ${row.usage}\n      ${row.does}`);
  return `dvc-injector ${version}: one annotation gives a pod its DVC dataset\n\n${rows.join('\n')}\n`;
}

/** Runs the command that `args` begin with, or prints which there are; returns the exit code, 64 where there is no such command. */
export async function main(args: string[]): Promise<number> {
  const [name = '--help', ...rest] = args;
  if (name === '--version') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (['--help', '-h', 'help'].includes(name)) {
    process.stdout.write(usage());
    return 0;
  }
  const row = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!row) {
    process.stderr.write(`dvc-injector has no command "${name}"\n\n${usage()}`);
    return 64;
  }
  const command = await row.load();
  return command(rest, process.env);
}
