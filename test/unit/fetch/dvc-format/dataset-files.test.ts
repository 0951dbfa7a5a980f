/** The files of a dataset, whatever it is put together from: they are those that lie at and below its path, each with its own way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { datasetFiles, groupFiles, type ListedOutput } from '../../../../src/fetch/dvc-format/dataset-files.ts';
import { byContent, byText } from '../../../../src/fetch/dvc-format/object-naming.ts';
import type { TrackedOutput } from '../../../../src/fetch/dvc-format/output.ts';
import { selectOutputs } from '../../../../src/fetch/dvc-format/select-outputs.ts';
import { deriveDirObject } from '../../../../src/fetch/dvc-format/subset.ts';
import { failure } from '../../../support/fetch/failure.ts';

const md5Of = (number: number) => number.toString(16).padStart(32, '0');

/** A folder with these files, by path, of which each has a number for its content; or a single file. */
function listed(path: string, files: Readonly<Record<string, number>> | number, own = {}): ListedOutput<TrackedOutput> {
  const list =
    typeof files === 'number'
      ? null
      : deriveDirObject(Object.entries(files).map(([relpath, number]) => ({ md5: md5Of(number), relpath })));
  const oid = typeof files === 'number' ? md5Of(files) : (list?.oid ?? '');
  const common = {
    source: `${path}.dvc`,
    objectNaming: byContent,
    remote: null,
    files: null,
    bytes: null,
    pushed: true,
  };
  return { output: { path, oid, ...common, ...own }, list };
}

const filesOf = (entries: readonly { relpath: string; md5: string }[]) =>
  Object.fromEntries(entries.map(({ relpath, md5 }) => [relpath, Number.parseInt(md5, 16)]));

test('a whole folder is the list as the remote has it, verbatim', () => {
  const folder = listed('data', { 'b/c': 1, a: 2 });
  const { base, whole, oid } = datasetFiles([folder], 'data');
  assert.equal(whole, folder.list);
  assert.deepEqual([base, oid], ['data', folder.output.oid]);
});

test('a part of a folder is named as DVC would name it', () => {
  const { base, whole, oid } = datasetFiles([listed('data', { 'a/x': 1, 'a/y/z': 2, ab: 3, 'b/x': 4 })], 'data/a');
  assert.deepEqual(filesOf(whole.entries), { x: 1, 'y/z': 2 });
  assert.deepEqual([base, oid], ['data/a', listed('data/a', { x: 1, 'y/z': 2 }).output.oid]);
});

test('a single file lies in its folder, be it tracked by itself or in another', () => {
  for (const [outputs, path, base, name] of [
    [[listed('ml/labels.csv', 7)], 'ml/labels.csv', 'ml', 'labels.csv'],
    [[listed('labels.csv', 7)], 'labels.csv', '.', 'labels.csv'],
    [[listed('data', { 'a/x': 7, 'a/xy': 8 })], 'data/a/x', 'data/a', 'x'],
  ] as const) {
    const files = datasetFiles(outputs, path);
    assert.equal(files.base, base);
    assert.deepEqual(filesOf(files.whole.entries), { [name]: 7 });
    assert.deepEqual(files.byOutput[0]?.entries, files.whole.entries);
  }
  assert.equal(datasetFiles([listed('labels.csv', 7)], 'labels.csv').oid, md5Of(7));
});

test('a folder with one file is a folder, though the file has its name', () => {
  assert.equal(datasetFiles([listed('data', { 'a/a': 1 })], 'data/a').base, 'data/a');
  assert.equal(datasetFiles([listed('data/a', 1)], 'data').base, 'data');
});

test('where a folder has nothing at the path, both are named', () => {
  const at = (path: string) => () => datasetFiles([listed('data', { 'a/x': 1 })], path);
  for (const path of ['data/b', 'data/a/x/y', 'data/a/xy', 'data/A']) {
    assert.throws(at(path), failure('notFound', /^data, which DVC tracks \(data\.dvc\), has nothing at /));
  }
});

test("what else DVC wrote of a file is kept, and one list for two folders is each folder's own", () => {
  const list = deriveDirObject([{ md5: md5Of(1), relpath: 'a', isexec: true }]);
  const twin = (path: string) => ({ output: { ...listed(path, {}).output, oid: list.oid }, list });
  assert.deepEqual(datasetFiles([twin('d/one'), twin('d/two')], 'd').whole.entries, [
    { md5: md5Of(1), relpath: 'one/a', isexec: true },
    { md5: md5Of(1), relpath: 'two/a', isexec: true },
  ]);
});

test('files are together whose way is the same, in the order of the subset', () => {
  const files = datasetFiles(
    [
      listed('d/a', { x: 1, y: 2 }),
      listed('d/b', 3, { objectNaming: byText }),
      listed('d/c', { x: 1 }),
      listed('d/e', 5, { remote: 'other' }),
    ],
    'd',
  );
  const way = ({ objectNaming, remote }: TrackedOutput) => `${objectNaming.hash} ${remote}`;
  const grouped = (paths: readonly string[]) =>
    groupFiles(files, deriveDirObject(files.whole.entries.filter(({ relpath }) => paths.includes(relpath))), way).map(
      ({ output, entries }) => `${way(output)}: ${entries.map(({ relpath }) => relpath).join(' ')}`,
    );
  assert.deepEqual(grouped(['a/x', 'a/y', 'b', 'c/x', 'e']), [
    'md5 null: a/x a/y c/x',
    'md5-dos2unix null: b',
    'md5 other: e',
  ]);
  assert.deepEqual(grouped(['e', 'b']), ['md5-dos2unix null: b', 'md5 other: e']);
  assert.deepEqual(grouped([]), []);
});

/** Short names of few letters, so that paths meet. */
const name = fc.constantFrom('a', 'b', 'ab', 'a.b');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
/** A tree as the numbers of its files, by path; no path is a file and a folder. */
const tree = fc.dictionary(path, fc.integer({ min: 1, max: 9 }), { minKeys: 1, maxKeys: 8 }).map((files) => {
  const isFolder = (folder: string) => Object.keys(files).some((each) => each.startsWith(`${folder}/`));
  return Object.fromEntries(Object.entries(files).filter(([each]) => !isFolder(each)));
});
/** Outputs of which none lies in another. */
const outputs = fc
  .dictionary(path, fc.oneof(tree, fc.integer({ min: 10, max: 19 })), { minKeys: 1, maxKeys: 5 })
  .map((all) => {
    const isAround = (folder: string) => Object.keys(all).some((each) => each.startsWith(`${folder}/`));
    return Object.entries(all).filter(([each]) => !isAround(each));
  });

test('whatever is tracked, the files of a path are those of a flat list that lie at or below it', () => {
  fc.assert(
    fc.property(outputs, fc.oneof(path, fc.constant('.')), (all, wanted) => {
      const flat = all.flatMap(([at, files]): [string, number][] =>
        typeof files === 'number'
          ? [[at, files]]
          : Object.entries(files).map(([each, number]) => [`${at}/${each}`, number]),
      );
      const below = wanted === '.' ? '' : `${wanted}/`;
      const expected = flat.filter(([each]) => each === wanted || each.startsWith(below));
      const every = all.map(([at, files]) => listed(at, files));
      const selected = selectOutputs(
        every.map(({ output }) => output),
        wanted,
      );
      const parts = every.filter(({ output }) => selected?.tracked.includes(output));
      if (expected.length === 0) {
        if (parts.length > 0) assert.throws(() => datasetFiles(parts, wanted), failure('notFound', /has nothing at/));
        return;
      }
      const { base, whole, byOutput } = datasetFiles(parts, wanted);
      const prefix = base === '.' ? '' : `${base}/`;
      assert.deepEqual(
        whole.entries.map(({ relpath, md5 }): [string, number] => [prefix + relpath, Number.parseInt(md5, 16)]).sort(),
        expected.sort(),
      );
      const known = new Set(byOutput.flatMap(({ entries }) => entries));
      assert.ok(whole.entries.every((entry) => known.has(entry)) && known.size === whole.entries.length);
    }),
    { numRuns: 500 },
  );
});
