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
import { companionFiles, treeShape } from '../../../../src/fetch/tree/shape.ts';
import { startTree } from '../../../../src/fetch/tree/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-shape-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const commit = { metadataFile: Buffer.from('outs: []\n'), list: Buffer.from('a\n') };
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
    const shape = treeShape(dataset, { entries, objectNaming: byContent });
    const files = companionFiles(dataset, { ...commit, list: split === '*' ? null : commit.list });
    assert.deepEqual([...files.keys()].sort(), companions.toSorted());
    assert.deepEqual([...files.keys()].sort(), shape.companions.toSorted());

    const tree = join(folder, dataset.key);
    const writer = await startTree({ ...shape, path: tree, files }, cache, () => {}, signal);
    await writer.writeBytes({ md5, relpath: 'a' }, bytes);
    const { wrong, wrongCompanions, missing, extraneous } = await checkTree(tree, shape, signal);
    assert.deepEqual(
      { wrong, wrongCompanions, missing: [...missing], extraneous },
      {
        wrong: [],
        wrongCompanions: [],
        missing: [],
        extraneous: [],
      },
    );
    for (const [path, content] of files) assert.deepEqual(readFileSync(join(tree, path)), content);
  });
}
