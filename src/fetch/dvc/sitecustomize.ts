/** Gives Python what it runs before DVC's own code: to make DVC's libraries check what they don't check themselves, and to fork it. */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeScratchFile } from '../scratch/scratch-file.ts';

/** Python that makes DVC's libraries check more, and what it reads beside it. */
export interface Guard {
  /** The path of the Python file that is the guard: to import it is to install it. */
  program: string;
  /** The paths of the Python files that it imports. */
  parts?: readonly string[];
  /** Further files by their names: settings and credentials. */
  files: Readonly<Record<string, string>>;
}

/** What DVC's stderr says where a guard does not fit the installed libraries (python/sitecustomize.py). */
export const unguarded = /dvc-injector: DVC can not be guarded \(.*\)/;

/** The path of one of our Python files, which lie beside this one in the sources as in the package. */
export function pythonFile(name: string): string {
  return join(import.meta.dirname, 'python', name);
}

/**
 * Makes the folder that PYTHONPATH must name, with the rules for addresses (addresses.json) and a guard where DVC needs one. The Python is copied from the package,
 * for whose files a read-only root has no place to keep what Python compiles of them.
 */
export async function pythonStart(folder: string, addresses: string, guard: Guard | null): Promise<string> {
  await mkdir(folder, { mode: 0o700 });
  const write = (name: string, content: string | Buffer) => writeScratchFile(join(folder, name), content, 0o600);
  // Python imports a module of the first name at its start.
  const own = ['sitecustomize', 'dvc_injector_addresses', 'dvc_injector_exists', 'dvc_injector_forks'].map((name) =>
    pythonFile(`${name}.py`),
  );
  const modules = [...own, ...(guard?.parts ?? [])];
  for (const path of modules) await write(basename(path), await readFile(path));
  await write('addresses.json', addresses);
  if (guard) await write('dvc_injector_guard.py', await readFile(guard.program));
  for (const [name, content] of Object.entries(guard?.files ?? {})) await write(name, content);
  return folder;
}
