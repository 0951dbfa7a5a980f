/** The real DVC, at the one version that the fetcher image has too. */
import { join } from 'node:path';
import { pythonEnvironment } from './python.ts';

const requirements = join(import.meta.dirname, '..', 'requirements');

/** The tools of a DVC installation. */
export interface Dvc {
  /** The folder with `dvc`, to be put first on PATH. */
  bin: string;
}

/** Installs DVC into the cache the first time (about half a minute); at once and offline ever after. */
export async function provideDvc(): Promise<Dvc> {
  return { bin: await pythonEnvironment('DVC', join(requirements, 'dvc.txt')) };
}

/** As `provideDvc`, the last version of DVC 2, with which tests make repositories as they were made before DVC 3. */
export async function provideOlderDvc(): Promise<Dvc> {
  return { bin: await pythonEnvironment('Older-DVC', join(requirements, 'older-dvc.txt')) };
}
