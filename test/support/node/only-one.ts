/** One run at a time on a machine: folders and the control group have fixed names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Hold {
  release(): void;
}

/** Undefined where another process holds it. It ends with this process, however that ends. */
export async function holdAlone(): Promise<Hold | undefined> {
  // flock keeps the lock while `cat` lives, and `cat` lives until our end of its stdin closes.
  const holder = spawn('flock', ['--nonblock', '/run/dvc-injector-e2e.lock', 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const [outcome] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit'), once(holder, 'error')]);
  if (outcome instanceof Error) throw outcome;
  if (!Buffer.isBuffer(outcome)) return undefined;
  holder.unref();
  return { release: () => holder.stdin.destroy() };
}
