/** Who imports whom, read from the sources themselves: what the tests of the project's structure stand on. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** One relative import; both paths are relative to the folder that was asked about, and `to` may lead out of it (`../`). */
export interface Import {
  from: string;
  to: string;
}

/** Static imports, re-exports, dynamic imports with a literal, and types named by `import('…')`. */
const specifier = /\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/** All relative imports of the TypeScript below a folder, in the order of the files' names. */
export function importsBelow(folder: string): Import[] {
  return globSync('**/*.ts', { cwd: folder })
    .sort()
    .flatMap((from) =>
      [...readFileSync(join(folder, from), 'utf8').matchAll(specifier)].map(([, path = '']) => ({
        from,
        to: relative(folder, resolve(folder, dirname(from), path)),
      })),
    );
}

/** A way from a file back to itself by imports, or null where there is none. */
export function circleOf(imports: readonly Import[]): string[] | null {
  const next = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const { to } of next.get(file) ?? []) {
      const circle = walk(to, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of next.keys()) {
    const circle = walk(file, []);
    if (circle) return circle;
  }
  return null;
}
