/** Which way the tests depend: a suite on test/support and on the product, never on another suite. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { circleOf, type Import, importsBelow } from '../../support/imports.ts';
import { stories } from '../../support/stories/order.ts';
import { stories as storyFiles, suites } from '../../support/suites/list.ts';
import { orphans } from '../../support/suites/orphans.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const support = 'support';

/** Imports between files of test/, as paths below it. */
const within = importsBelow(join(root, 'test')).filter(({ to }) => !to.startsWith('..'));

/** `unit`, `support` …; the files at the root of test/ run all suites and belong to none. */
function suiteOf(path: string): string | undefined {
  return path.includes('/') ? path.split('/')[0] : undefined;
}

function said(imports: readonly Import[]): string[] {
  return imports.map(({ from, to }) => `${from} imports ${to}`);
}

test('a suite imports from itself and from test/support, and test/support from no suite', () => {
  const crossing = within.filter(({ from, to }) => suiteOf(to) !== support && suiteOf(to) !== suiteOf(from));
  assert.deepEqual(said(crossing), []);
  assert.ok(within.length > 500, 'the imports were found');
});

test('nobody imports a test', () => {
  // The stories are imported by name, so that they run in one process, and not by a literal.
  assert.deepEqual(said(within.filter(({ to }) => to.endsWith('.test.ts'))), []);
});

test('the helpers of test/support import one another in no circle', () => {
  assert.equal(circleOf(within.filter(({ from }) => suiteOf(from) === support)), null);
});

test('what is no test needs none: src, demo, docs, provision and the scripts import nothing of test/', () => {
  const folders = ['src', 'demo', 'docs', 'provision', 'scripts', 'certs', 'deploy'];
  const crossing = folders.flatMap((folder) =>
    importsBelow(join(root, folder)).filter(({ to }) => /^(\.\.\/)+test\//.test(to)),
  );
  assert.deepEqual(said(crossing), []);
});

test('every test file is run by one suite', () => {
  assert.deepEqual(orphans([...suites.map((suite) => suite.files), storyFiles], root), []);
});

test('every story is played, and registered so that a run in which it did not pass fails', () => {
  const files = globSync(storyFiles, { cwd: root });
  assert.deepEqual(files.map((file) => basename(file, '.test.ts')).sort(), [...stories].sort());
  const otherwise = files.filter((file) => readFileSync(join(root, file), 'utf8').includes("from 'node:test'"));
  assert.deepEqual(otherwise, []);
});

test('the unit tests lie in folders that src or the repository has, so that they are found where the code is', () => {
  const folders = globSync('**/*.test.ts', { cwd: join(root, 'test/unit') }).map((file) => dirname(file));
  const known = (folder: string) => [join(root, 'src', folder), join(root, folder)].some((path) => existsSync(path));
  const aboutNoFolder = ['release', 'structure']; // GitHub's workflows, and the direction of imports
  assert.deepEqual([...new Set(folders)].filter((folder) => !known(folder)).sort(), aboutNoFolder);
});
