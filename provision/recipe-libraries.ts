/** The libraries that the pages' recipes use, at one version for all, so that tests can run the recipes. */
import { join } from 'node:path';
import { pythonEnvironment } from './python.ts';

const requirements = join(import.meta.dirname, '..', 'requirements', 'recipes.txt');

/**
 * Installs them into the cache the first time (a minute, some 130 MB); at once and offline ever after. Returns the path
 * of the Python that has them.
 */
export async function provideRecipeLibraries(): Promise<string> {
  return join(await pythonEnvironment('recipes', requirements), 'python');
}
