/** A suite fails by whatever would make it prove less than it seems to: each is made to happen, with real test files. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { orphans } from '../../support/suites/orphans.ts';
import type { Outcome, Timed } from '../../support/suites/run-suite.ts';
import { slowest } from '../../support/suites/slowest.ts';

const module = pathToFileURL(join(import.meta.dirname, '../../support/suites/run-suite.ts')).href;

/** Files by their names, in a folder that ends with the test. */
function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-suite-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Runs them as a suite, in a process that isn't a test itself: node:test runs no files below a test. */
async function outcomeOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<Outcome> {
  const script = join(folderOf(t, {}), 'run.mjs');
  const root = folderOf(t, files);
  const suite = { name: 'some', files: '**/*.test.mjs', concurrency: 2 };
  const program = `import { runSuite } from ${JSON.stringify(module)};
    const outcome = await runSuite(${JSON.stringify(suite)}, ${JSON.stringify(root)}, () => {});
    console.log(JSON.stringify(outcome));`;
  writeFileSync(script, program);
  const { stdout } = await execa(process.execPath, [script], { env: { NODE_TEST_CONTEXT: undefined } });
  return JSON.parse(stdout);
}

const importTest = `import { describe, test } from 'node:test';\n`;
const good = `${importTest}test('is well', () => {}); describe('a group', () => { test('is well, too', () => {}); });`;

const cases: {
  title: string;
  files: Record<string, string>;
  counts: [number, number, number];
  complaints: string[];
}[] = [
  {
    title: 'tests that pass: no complaint, and groups are not counted',
    files: { 'good.test.mjs': good },
    counts: [2, 0, 0],
    complaints: [],
  },
  {
    title: 'a failed test',
    files: { 'good.test.mjs': good, 'bad.test.mjs': `${importTest}test('is ill', () => { throw new Error('no'); });` },
    counts: [2, 1, 0],
    complaints: ['some: 1 failed'],
  },
  {
    title: 'a file that ends before its tests begin',
    files: { 'good.test.mjs': good, 'broken.test.mjs': `throw new Error('no');\n${good.replace(importTest, '')}` },
    counts: [2, 1, 0],
    complaints: ['some: 1 failed', 'some: broken.test.mjs runs no test'],
  },
  {
    title: 'a file without a test, which is not counted as one',
    files: { 'good.test.mjs': good, 'below/empty.test.mjs': 'export const nothing = 0;' },
    counts: [2, 0, 0],
    complaints: ['some: below/empty.test.mjs runs no test'],
  },
  {
    title: 'a file with a group and no test in it',
    files: { 'good.test.mjs': good, 'group.test.mjs': `${importTest}describe('a group', () => {});` },
    counts: [2, 0, 0],
    complaints: ['some: group.test.mjs runs no test'],
  },
  {
    title: 'a test that is skipped, by its author or by itself',
    files: {
      'skip.test.mjs': `${importTest}test('is well', () => {}); test.skip('one', () => {}); test('two', (t) => t.skip('why'));`,
    },
    counts: [1, 0, 2],
    complaints: ['one', 'two'].map((name) => `some: "${name}" in skip.test.mjs is skipped, and no test may be`),
  },
  {
    title: 'a group that is skipped',
    files: {
      'skip.test.mjs': `${importTest}test('is well', () => {}); describe.skip('all', () => { test('x', () => {}); });`,
    },
    counts: [1, 0, 1],
    complaints: ['some: "all" in skip.test.mjs is skipped, and no test may be'],
  },
  {
    title: 'a test that is todo, also where it fails, which node:test takes for well',
    files: {
      'todo.test.mjs': `${importTest}test('is well', () => {}); test.todo('one'); test('two', { todo: true }, () => { throw new Error('no'); });`,
    },
    counts: [1, 0, 2],
    complaints: ['one', 'two'].map((name) => `some: "${name}" in todo.test.mjs is todo, and no test may be`),
  },
  {
    title: 'a test that is marked only',
    files: { 'only.test.mjs': `${importTest}test.only('one', () => {}); test('two', () => {});` },
    counts: [2, 0, 0],
    complaints: ['some: only.test.mjs has a test marked only'],
  },
  { title: 'no file at all', files: { 'other.mjs': good }, counts: [0, 0, 0], complaints: ['some: no test ran'] },
];

for (const { title, files, counts, complaints } of cases) {
  test(`a suite and ${title}`, async (t) => {
    const outcome = await outcomeOf(t, files);
    assert.deepEqual([outcome.passed, outcome.failed, outcome.skipped], counts);
    assert.deepEqual(outcome.complaints, complaints);
  });
}

test('a suite says how long each test and each file took', async (t) => {
  const { tests, files } = await outcomeOf(t, { 'below/good.test.mjs': good });
  assert.deepEqual(
    tests.filter(({ name }) => name.startsWith('is')).map(({ suite, file, name }) => ({ suite, file, name })),
    ['is well', 'is well, too'].map((name) => ({ suite: 'some', file: 'below/good.test.mjs', name })),
  );
  assert.deepEqual(
    files.map(({ file }) => file),
    ['below/good.test.mjs'],
  );
  assert.ok([...tests, ...files].every(({ milliseconds }) => milliseconds > 0));
});

test('a test file that no suite runs is an orphan, and one that two run is said as well', (t) => {
  const root = folderOf(t, {
    'a/one.test.ts': '',
    'a/b/two.test.ts': '',
    'c.test.mjs': '',
    'node_modules/d.test.ts': '',
  });
  assert.deepEqual(orphans(['a/*.test.ts', '**/two.test.ts', '*.test.mjs'], root), []);
  assert.deepEqual(orphans(['a/**/*.test.ts', 'a/b/*.test.ts'], root), [
    'a/b/two.test.ts is in 2 suites',
    'c.test.mjs is in no suite',
  ]);
});

test('the slowest are listed with their suite and file, the longest first', () => {
  const timed = (name: string, milliseconds: number): Timed => ({ suite: 's', file: 'f.test.ts', name, milliseconds });
  const lines = slowest([timed('one', 1000), timed('three', 123_456), timed('two', 2000)], 2);
  assert.deepEqual(lines, ['  123.5 s  s  f.test.ts  three', '    2.0 s  s  f.test.ts  two']);
  assert.deepEqual(slowest([timed('/folder/f.test.ts', 1000)], 1), ['    1.0 s  s  f.test.ts']);
});
