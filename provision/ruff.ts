/** ruff, which formats and lints the repository's Python, at one version for all. */
import { join } from 'node:path';
import { pythonEnvironment } from './python.ts';

const requirements = join(import.meta.dirname, '..', 'requirements', 'ruff.txt');

/** Installs ruff into the cache the first time (a few seconds); at once and offline ever after. Returns the program's path. */
export async function provideRuff(): Promise<string> {
  return join(await pythonEnvironment('ruff', requirements), 'ruff');
}
