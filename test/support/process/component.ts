/** One process of the control plane: its log, and the lifeline that ends it with the test process in any case. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../../../provision/kubernetes.ts';

/** A running process. */
export interface Component {
  readonly name: string;
  /** The path of the file with its stdout and stderr. */
  readonly log: string;
  /** Undefined while it runs, else how it ended, as words. */
  ended(): string | undefined;
  /** Ends it at once; resolves when the process is gone. */
  stop(): Promise<void>;
}

/** What a component is started with. */
export interface Start {
  name: string;
  command: Command;
  flags: readonly string[];
  /** The folder of its log. */
  logs: string;
  /** A folder that the process deletes when its lifeline is cut: nobody else is left to do it after a SIGKILL. */
  deletes?: string;
}

/**
 * Starts a process whose stdin is its lifeline: it ends when our end of that pipe closes, and the kernel closes it
 * however we end. It has a session of its own (Ctrl-C reaches the test only, which may still need the API server) and
 * keeps no event loop alive, so a test that forgets to stop it ends nevertheless.
 */
export function startComponent(start: Start): Component {
  const [program, ...args] = start.command;
  const log = join(start.logs, `${start.name}.log`);
  const output = openSync(log, 'a');
  const child = spawn(program, [...args, ...start.flags], {
    stdio: ['pipe', output, output],
    detached: true,
    env: { ...process.env, DVC_INJECTOR_LIFELINE: 'stdin', DVC_INJECTOR_LIFELINE_FOLDER: start.deletes ?? '' },
  });
  closeSync(output);
  let failure: string | undefined;
  child.on('error', (error) => {
    failure = `can't be started: ${error.message}`;
  });
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  const ended = () => failure ?? ending(child);
  return { name: start.name, log, ended, stop: () => stop(child, ended) };
}

function ending(child: ChildProcess): string | undefined {
  if (child.signalCode) return `was killed by ${child.signalCode}`;
  return child.exitCode === null ? undefined : `ended with exit code ${child.exitCode}`;
}

async function stop(child: ChildProcess, ended: () => string | undefined): Promise<void> {
  if (ended() !== undefined) return;
  child.ref();
  const exit = once(child, 'exit');
  child.stdin?.destroy();
  await exit;
}

/**
 * Waits until `ready` says so. Throws an Error with the last lines of the log and its path when the component ends
 * before that, or isn't ready within two minutes (it takes seconds; a machine under load is no failure).
 */
export async function untilReady(component: Component, ready: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!(await ready())) {
    const ended = component.ended();
    if (ended !== undefined) throw new ComponentFailed(component, ended);
    if (performance.now() > deadline) throw new ComponentFailed(component, "isn't ready after two minutes");
    await sleep(50);
  }
}

/** A component that isn't to be had; the message ends with what its log said last. */
export class ComponentFailed extends Error {
  override name = 'ComponentFailed';
  readonly component: string;
  constructor(component: Component, what: string) {
    super(`${component.name} ${what}. The end of ${component.log}:\n${lastLines(component.log, 15)}`);
    this.component = component.name;
  }
}

function lastLines(file: string, count: number): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}
