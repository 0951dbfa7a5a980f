/** Checks that everything the demo needs is on this machine, before it begins. */
import { existsSync, realpathSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findExecutable } from '../provision/binaries.ts';
import { provideDvc } from '../provision/dvc.ts';
import type { Workspace } from './workspace.ts';

export interface Tools {
  /** The built command. */
  command: string;
  /** `PATH` as the fetcher's image has it: our command, Node, flock, git and DVC. */
  fullPath: string;
  /** `PATH` with our command, Node and flock only. */
  pathWithoutGitAndDvc: string;
}

const built = join(import.meta.dirname, '..', 'node_modules', '.bin', 'dvc-injector');

const installs: Readonly<Record<string, string>> = {
  git: 'git is needed (on Debian and Ubuntu: apt-get install git)',
  flock: 'flock is needed, a part of util-linux (on Debian and Ubuntu: apt-get install util-linux)',
};

/** @throws Error that says what to install */
export async function findTools(workspace: Workspace): Promise<Tools> {
  if (!existsSync(built)) throw new Error('the command is not built yet: run npm ci first');
  const programs = Object.keys(installs).map((name): [string, string] => {
    const found = findExecutable(name);
    if (!found) throw new Error(installs[name]);
    return [name, found];
  });
  const dvc = await provideDvc();
  const few = workspace.folder('bin');
  symlinkSync(process.execPath, join(few, 'node'));
  symlinkSync(realpathSync(built), join(few, 'dvc-injector'));
  for (const [name, found] of programs) if (name !== 'git') symlinkSync(found, join(few, name));
  return {
    command: join(few, 'dvc-injector'),
    fullPath: [few, dvc.bin, process.env.PATH ?? ''].join(delimiter),
    pathWithoutGitAndDvc: few,
  };
}
