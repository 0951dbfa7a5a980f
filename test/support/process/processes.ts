/** Processes of the machine, found by what they were given: a tool that a killed fetch has left has no parent to ask. */
import { readdirSync, readFileSync } from 'node:fs';

/** Those whose environment holds this text. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && environmentOf(name).includes(text))
    .map(Number);
}

/** git and DVC of the fetches on this scratch, where their home folder lies. */
export function toolsOf(scratch: string): number[] {
  return processesWith(`HOME=${scratch}/`);
}

/** By SIGKILL. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // it has ended, or is another user's
  }
}
