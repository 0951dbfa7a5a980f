/** The demo's temporary folder and processes, which are removed when it ends, also by an error or Ctrl-C. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Workspace {
  /** A path in the temporary folder. */
  path(name: string): string;
  /** A new folder in it. */
  folder(name: string): string;
  /** Registers what is to be done at the end, in reverse order. */
  atEnd(work: () => unknown): void;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const killDelay = 5_000;

/** Runs `work` and cleans up after it; resolves to the exit code. */
export async function inWorkspace(work: (workspace: Workspace) => Promise<void>): Promise<number> {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'dvc-injector-demo-'));
  const endings: (() => unknown)[] = [];
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= clearUp(root, endings);
    return ending;
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      process.stderr.write('\nStopped: clearing up.\n');
      void end().finally(() => process.exit(code));
    });
  }
  const workspace: Workspace = {
    path: (name) => join(root, name),
    folder(name) {
      mkdirSync(join(root, name), { recursive: true });
      return join(root, name);
    },
    atEnd: (last) => endings.unshift(last),
  };
  try {
    await work(workspace);
    return 0;
  } catch (error) {
    // After Ctrl-C every step fails, which need not be reported.
    if (!ending) process.stderr.write(`\nThe demo stopped: ${(error as Error).message}\n`);
    return 1;
  } finally {
    await end();
  }
}

async function clearUp(root: string, endings: readonly (() => unknown)[]): Promise<void> {
  for (const last of endings) await last();
  // What Ctrl-C also ended (git, DVC) may write for a moment longer.
  for (let attempt = 0; attempt < 20 && existsSync(root); attempt += 1) {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    await sleep(50);
  }
}

/** Ends a process that we started and waits for its end: by SIGTERM first, so that it can end its own processes. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), killDelay);
  child.kill('SIGTERM');
  await exit;
  clearTimeout(timer);
}
