/** Where everything that the demo and the tests install for themselves is kept, so that a second run is quick and offline. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The cache folder: `$DVC_INJECTOR_CACHE`, else `$XDG_CACHE_HOME/dvc-injector`, else `~/.cache/dvc-injector`. */
export function cacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.DVC_INJECTOR_CACHE) return environment.DVC_INJECTOR_CACHE;
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dvc-injector');
}

/** A short name for exactly these inputs: files are hashed by content, other words as they are. */
export function fingerprint(inputs: { files?: readonly string[]; words?: readonly string[] }): string {
  const hash = createHash('sha256');
  for (const file of inputs.files ?? []) hash.update(readFileSync(file)).update('\0');
  for (const word of inputs.words ?? []) hash.update(word).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/**
 * The folder `<cache root>/<name>`, made by `build` the first time. `build` gets a folder beside it that becomes
 * the entry by one rename, so an interrupted or failed build never looks finished and two builders do no harm.
 */
export async function cached(name: string, build: (directory: string) => Promise<void>): Promise<string> {
  const entry = join(cacheRoot(), name);
  if (existsSync(entry)) return entry;
  removeAbandoned(entry);
  const directory = `${entry}.building-${process.pid}`;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  try {
    await build(directory);
    publishEntry(directory, entry);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return entry;
}

function publishEntry(directory: string, entry: string): void {
  try {
    renameSync(directory, entry);
  } catch (error) {
    // Another builder was first; both built the same.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Removes what builders left who were killed; their process ids stand in the names. */
function removeAbandoned(entry: string): void {
  for (const directory of globSync(`${entry}.building-*`)) {
    const builder = Number(directory.slice(directory.lastIndexOf('-') + 1));
    if (builder !== process.pid && !isRunning(builder)) rmSync(directory, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
