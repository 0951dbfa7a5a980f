/** Code that Python runs before DVC's own: to make its libraries check what they don't check themselves, and to fork it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeScratchFile } from '../scratch/scratch-file.ts';
import { forkProgram, forkStart } from './fork-server.ts';

/** Where the code does not fit the installed libraries, nothing may run without it; where one is absent, nothing can. */
const start = `import os
import sys

try:
    import dvc_injector_guard
except ModuleNotFoundError:
    pass
except BaseException as error:
    print(f"dvc-injector: DVC can not be guarded ({error!r})", file=sys.stderr, flush=True)
    os._exit(1)

${forkStart}`;

/** A program that makes DVC's libraries check more, and the files that it reads beside it. */
export interface Guard {
  program: string;
  files: Readonly<Record<string, string>>;
}

/** What DVC's stderr then says. */
export const unguarded = /dvc-injector: DVC can not be guarded \(.*\)/;

/** Makes the folder, with a guard where DVC needs one. PYTHONPATH must name the folder. */
export async function pythonStart(folder: string, guard: Guard | null): Promise<string> {
  await mkdir(folder, { mode: 0o700 });
  // Python imports a module of the first name at its start.
  const modules = { 'sitecustomize.py': start, 'dvc_injector_forks.py': forkProgram };
  const all = { ...modules, ...(guard && { 'dvc_injector_guard.py': guard.program, ...guard.files }) };
  for (const [name, content] of Object.entries(all)) await writeScratchFile(join(folder, name), content, 0o600);
  return folder;
}
