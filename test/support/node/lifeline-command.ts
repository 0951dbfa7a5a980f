/** The command line for a program that isn't ours and so doesn't know about our lifeline. */
import { join } from 'node:path';
import { findExecutable } from '../../../provision/binaries.ts';
import type { Command } from '../../../provision/kubernetes.ts';

const lifeline = join(import.meta.dirname, '..', '..', '..', 'provision', 'lifeline.ts');

/** `program` is a path, or a name that is looked up in $PATH. */
export function lifelineCommand(program: string): Command {
  const file = program.includes('/') ? program : findExecutable(program);
  if (!file) throw new Error(`there is no ${program} on the PATH`);
  return [process.execPath, lifeline, file];
}
