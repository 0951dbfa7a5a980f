/** Repositories that nobody thought of: recipes that fast-check composes of outputs, and how DVC makes each. */
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import fc from 'fast-check';
import type { Project } from '../../support/repositories/project.ts';

/** One thing that DVC tracks. */
export interface Part {
  path: string;
  kind: 'folder' | 'file';
  /** `dvc add`, a stage of the pipeline at the top, or `dvc add` and then a `.dvc` file one folder above, by `wdir`. */
  by: 'add' | 'stage' | 'wdir';
  /** Of a folder's files, by their paths in it; a file has the first content. */
  files: readonly [name: string, content: string][];
  pushed: boolean;
}

/** What is made, and which path of it is asked for. */
export interface Recipe {
  parts: readonly Part[];
  /** A further `.dvc` file, by hand, of a path in or at one that is tracked. DVC refuses such. */
  overlapping: string | null;
  dataDir: string;
}

const names = ['a', 'b', 'data', 'with space', 'caf\u00e9', 'cafe\u0301', 'UPPER', 'x.csv', '_.-'];
const name = fc.constantFrom(...names);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
const content = fc.constantFrom('', 'same', 'one\r\ntwo\r\n', '\0binary', 'caf\u00e9\n');
const files = fc.uniqueArray(fc.tuple(path, content), { minLength: 1, maxLength: 4, selector: ([file]) => file });

const part: fc.Arbitrary<Part> = fc.record({
  path,
  kind: fc.constantFrom('folder', 'file'),
  by: fc.constantFrom('add', 'add', 'stage', 'wdir'),
  files: files.map(withoutNesting),
  pushed: fc.integer({ min: 0, max: 9 }).map((number) => number > 0),
});

const parts = fc.array(part, { minLength: 1, maxLength: 4 }).map((all) => {
  const kept = withoutNesting(all.map((each) => [each.path, each] as const));
  return kept.map(([, each]) => each);
});

/** Any recipe: it asks for an output, a folder around it, or a path in or beside it. */
export const recipes: fc.Arbitrary<Recipe> = parts.chain((all) => {
  const asked = all.flatMap((each) => [
    each.path,
    each.path.split('/')[0] ?? each.path,
    ...(each.kind === 'folder' ? each.files.map(([file]) => `${each.path}/${file}`) : []),
    ...(each.kind === 'folder' ? each.files.map(([file]) => `${each.path}/${file.split('/')[0]}`) : []),
  ]);
  const overlapping = fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...all.map((each) => each.path)) },
  );
  return fc.record({ parts: fc.constant(all), overlapping, dataDir: fc.constantFrom(...asked, 'nowhere') });
});

/** The first of each path, and none in another. */
function withoutNesting<T extends readonly [string, unknown]>(all: readonly T[]): T[] {
  const kept: T[] = [];
  for (const each of all) {
    const path = `${each[0]}/`;
    if (!kept.some(([other]) => path.startsWith(`${other}/`) || `${other}/`.startsWith(path))) kept.push(each);
  }
  return kept;
}

/** Makes the recipe's repository. */
export function makerOf({ parts, overlapping }: Recipe): (project: Project) => Promise<void> {
  return async (project) => {
    for (const each of parts) {
      if (each.kind === 'file') project.write({ [each.path]: each.files[0]?.[1] ?? '' });
      else for (const [file, text] of each.files) project.write({ [`${each.path}/${file}`]: text });
    }
    const staged = parts.filter(({ by }) => by === 'stage');
    const added = parts.filter(({ by }) => by !== 'stage');
    if (added.length > 0) await project.dvc('add', '--', ...added.map(({ path }) => path));
    if (staged.length > 0) {
      const stages = staged.map(
        ({ path }, index) => `  s${index}: {cmd: 'true', outs: [{${JSON.stringify(path)}: {persist: true}}]}`,
      );
      project.write({ 'dvc.yaml': `stages:\n${stages.join('\n')}\n` });
      await project.dvc('commit', '--force', 'dvc.yaml');
    }
    const pushed = parts.filter((each) => each.pushed).map(({ path }) => path);
    if (pushed.length > 0) await project.dvc('push', '--', ...pushed);
    for (const { path } of added.filter(({ by }) => by === 'wdir')) moveUp(project, path);
    if (overlapping !== null) {
      const text = `outs:\n- md5: d41d8cd98f00b204e9800998ecf8427e\n  hash: md5\n  path: ${JSON.stringify(overlapping)}\n`;
      project.write({ 'overlapping.dvc': text });
    }
  };
}

/** Puts the `.dvc` file of a nested output into a folder of its own at the top, from where `wdir` leads to it. */
function moveUp(project: Project, path: string): void {
  if (!path.includes('/')) return;
  const text = readFileSync(join(project.tree, `${path}.dvc`), 'utf8');
  project.remove(`${path}.dvc`);
  const wdir = posix.join('..', dirname(path));
  project.write({ [`.catalogue/${path.replaceAll('/', '__')}.dvc`]: `wdir: ${JSON.stringify(wdir)}\n${text}` });
}
