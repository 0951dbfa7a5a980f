/** Finds test files that would never run, or run twice: those that no suite's glob matches, or more than one. */
import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';

/** A sentence for each such file below `root`, outside of node_modules. `globs` are relative to `root`. */
export function orphans(globs: readonly string[], root: string): string[] {
  return globSync('**/*.test.{ts,mts,mjs,js}', { cwd: root, exclude: ['**/node_modules', '**/dist'] })
    .sort()
    .flatMap((file) => {
      const matching = globs.filter((glob) => matchesGlob(file, glob));
      if (matching.length === 1) return [];
      return [matching.length === 0 ? `${file} is in no suite` : `${file} is in ${matching.length} suites`];
    });
}
