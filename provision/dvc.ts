/** The real DVC, at the one version that the fetcher image has too. */
import { join } from 'node:path';
import { pythonEnvironment } from './python.ts';

const requirements = join(import.meta.dirname, '..', 'requirements', 'dvc.txt');

/** The tools of a DVC installation. */
export interface Dvc {
  /** The folder with `dvc`, to be put first on PATH. */
  bin: string;
}

/** Installs DVC into the cache the first time (about half a minute); at once and offline ever after. */
export async function provideDvc(): Promise<Dvc> {
  return { bin: await pythonEnvironment('DVC', requirements) };
}
