/** Runs the Python of a page as it stands there, or reads its annotations, by the Python that has the recipes' libraries. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { provideRecipeLibraries } from '../../../provision/recipe-libraries.ts';

/** One run of a recipe. */
export interface RecipeRun {
  /** The page's code. */
  code: string;
  /** Python beside it that imports it as the module `recipe`, and prints one line of JSON: what came of it. */
  probe: string;
  /** All of the environment but what every program has; it knows nothing of ours. */
  environment: Readonly<Record<string, string>>;
}

/** What the probe printed. Throws with Python's own traceback where the recipe or the probe fails. */
export async function runRecipe({ code, probe, environment }: RecipeRun): Promise<unknown> {
  const python = await provideRecipeLibraries();
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-recipe-'));
  const home = join(folder, 'home');
  mkdirSync(home);
  writeFileSync(join(folder, 'recipe.py'), code);
  writeFileSync(join(folder, 'probe.py'), probe);
  try {
    const base = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', HOME: home };
    const { stdout } = await execa(python, ['probe.py'], {
      cwd: folder,
      env: { ...base, ...environment },
      extendEnv: false,
      stdin: 'ignore',
    });
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The annotations of ours in each dictionary of the code, which is read and not run. */
export async function annotationsIn(code: string): Promise<Record<string, string>[]> {
  const python = await provideRecipeLibraries();
  const { stdout } = await execa(python, ['-I', join(import.meta.dirname, 'dataset_annotations.py')], { input: code });
  return JSON.parse(stdout);
}
