/** Lets all processes of a run share the modules that Node has compiled: most of them live for less time than compiling takes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives this process's children a folder for compiled modules, unless the environment names one already. Node believes
 * an entry only of the very source that it was made of. The folder is the user's alone, as it holds code; a process that
 * can't read it compiles for itself. It goes with this process.
 */
export function shareCompiledModules(environment: NodeJS.ProcessEnv = process.env): void {
  if (environment.NODE_COMPILE_CACHE) return;
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-compiled-'));
  environment.NODE_COMPILE_CACHE = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}

/** The same for a child whose environment isn't this process's: empty where this process has no such folder. */
export function compiledModules(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const folder = environment.NODE_COMPILE_CACHE;
  return folder ? { NODE_COMPILE_CACHE: folder } : {};
}
