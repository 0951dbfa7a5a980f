/** What a tree is written as is what a look at it expects: its shape is said once. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { identifyDataset } from '../../../../src/dataset/identity.ts';
import { volumeLayout } from '../../../../src/dataset/layout.ts';
import { parseReference } from '../../../../src/dataset/reference.ts';
import { byContent } from '../../../../src/fetch/dvc-format/object-naming.ts';
import { checkTree } from '../../../../src/fetch/tree/check.ts';
import { committedList, treeShape } from '../../../../src/fetch/tree/shape.ts';
import { groupWriter, startTree } from '../../../../src/fetch/tree/write.ts';
import { failure } from '../../../support/fetch/failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-shape-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const content = Buffer.from('verbatim\n');
/** A cache that keeps nothing and links nothing. */
const cache = {
  prepare: async () => {},
  keep: async () => {},
  link: async () => false,
  path: (oid: string) => volumeLayout(folder).cache + oid,
};

for (const [split, directories, companions] of [
  ['train', { dataDir: 'data', splitDir: 'data-split' }, ['data.dvc', 'data-split/train']],
  [
    'by/size/train',
    { dataDir: 'ml/images/data', splitDir: 'lists/of' },
    ['lists/of/by/size/train', 'ml/images/data.dvc'],
  ],
  ['lists', { dataDir: 'ml/data', splitDir: 'ml' }, ['ml/data.dvc', 'ml/lists']],
  ['*', { dataDir: 'data', splitDir: 'data-split' }, ['data.dvc']],
] as const) {
  test(`the split ${split} of ${directories.dataDir} has, as written, exactly the folders and files of its shape`, async () => {
    const { signal } = new AbortController();
    const reference = parseReference(`https://git.example.com/r@${'0'.repeat(40)}:${split}`);
    const dataset = identifyDataset(reference, directories);
    const bytes = Buffer.from('x');
    const md5 = createHash('md5').update(bytes).digest('hex');
    const entries = ['a', 'b/c/d', 'b/e'].map((relpath) => ({ md5, relpath }));
    const group = { objectNaming: byContent, entries };
    const { dataDir } = directories;
    const small = [`${dataDir}.dvc`, ...committedList(directories, reference)];
    const shape = treeShape({ base: dataDir, groups: [group], small });
    assert.deepEqual(shape.companions.toSorted(), companions.toSorted());

    const tree = join(folder, dataset.key);
    const files = new Map(shape.companions.map((path) => [path, content]));
    await startTree({ ...shape, path: tree, files }, signal);
    const writer = groupWriter(group, { folder: join(tree, dataDir), cache, onFile() {} }, signal);
    await writer.writeBytes({ md5, relpath: 'a' }, bytes);
    const { wrong, wrongCompanions, listIsRight, missing, extraneous } = await checkTree(tree, shape, signal);
    assert.equal(readFileSync(join(tree, 'split.txt'), 'utf8'), 'a\nb/c/d\nb/e\n');
    assert.deepEqual(
      { wrong, wrongCompanions, listIsRight, missing: [...missing], extraneous },
      {
        listIsRight: true,
        wrong: [],
        wrongCompanions: [],
        missing: [],
        extraneous: [],
      },
    );
    for (const [path, content] of files) assert.deepEqual(readFileSync(join(tree, path)), content);
  });
}

test('a list or metadata that has the name of what is published beside the data is told', () => {
  const shapeWith = (small: string) => () => treeShape({ base: 'data', groups: [], small: ['data.dvc', small] });
  for (const small of ['split.txt', 'dataset.json', 'split.txt/x.dvc', 'dataset.json/lists/train']) {
    const name = small.split('/')[0];
    const sentence = new RegExp(
      `^the commit's (?:folder )?${name} has the name of a file that is published .*: rename it`,
    );
    assert.throws(shapeWith(small), failure('dataset', sentence));
  }
  for (const small of ['lists/split.txt', 'split.txt2', 'data/dataset.json']) assert.doesNotThrow(shapeWith(small));
});
