/** Finds programs that the user has installed, which then need no download and no build. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The folders of `$PATH`, first the one that wins. */
export function pathFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  return (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** The first executable file of this name in `folders`, or undefined. */
export function findExecutable(name: string, folders: readonly string[] = pathFolders()): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile(); // a folder is "executable" too
  } catch {
    return false;
  }
}
