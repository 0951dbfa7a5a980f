/** The subset of a dataset that a split names, in each of its forms. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { globOptions } from '../../../../src/dataset/glob.ts';
import { deriveDirObject, type SplitContent, selectSubset } from '../../../../src/fetch/dvc-format/subset.ts';
import { globs } from '../../../support/dataset/samples.ts';

const files = ['train/a.jpg', 'train/b.PNG', 'train/.c.jpg', 'val/d.jpg', 'labels.csv', 'README'];
const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const datasetOf = (paths: readonly string[]) =>
  deriveDirObject(paths.map((relpath) => ({ md5: md5(relpath), relpath })));
const select = (split: SplitContent, paths: readonly string[] = files, dataDir = 'data') =>
  selectSubset(datasetOf(paths), split, dataDir).entries.map(({ relpath }) => relpath);
const glob = (pattern: string): SplitContent => ({ kind: 'glob', pattern });
const list = (text: string): SplitContent => ({ kind: 'list', path: 'data-split/train', list: Buffer.from(text) });
const name = fc.constantFrom('a', 'b.jpg', '.c', 'train', 'x[y]', 'é');
const somePaths = fc
  .uniqueArray(fc.tuple(name, name, name), { minLength: 1, maxLength: 8, selector: (parts) => parts.join('/') })
  .map((parts) => parts.map((segments) => segments.join('/')));

describe('a split', () => {
  it('* is every file, and the object that DVC wrote', () => {
    const dataset = datasetOf(files);
    assert.equal(selectSubset(dataset, { kind: 'every' }, 'data'), dataset);
  });

  for (const [pattern, selected] of [
    ['train/**', ['train/.c.jpg', 'train/a.jpg', 'train/b.PNG']],
    ['data/train/**', ['train/.c.jpg', 'train/a.jpg', 'train/b.PNG']],
    ['**/*.jpg', ['train/.c.jpg', 'train/a.jpg', 'val/d.jpg']],
    ['*.{csv,txt}', ['labels.csv']],
    ['[!l]*', ['README']],
  ] as const) {
    it(`${pattern} is what the glob matches, as the object that DVC would write of it`, () => {
      assert.deepEqual(select(glob(pattern)), selected);
      assert.equal(selectSubset(datasetOf(files), glob(pattern), 'data').oid, datasetOf(selected).oid);
    });
  }

  it('that is a glob matches what picomatch matches, whatever the dataset has', () => {
    fc.assert(
      fc.property(somePaths, fc.oneof(globs, fc.constantFrom('**/*.jpg', 'a/**', '*/*/*', '**')), (paths, pattern) => {
        const matching = paths.filter((path) => picomatch.isMatch(path, pattern, globOptions));
        if (matching.length > 0) assert.deepEqual(select(glob(pattern), paths).sort(), matching.sort());
        else assert.throws(() => select(glob(pattern), paths), { name: 'FetchFailure', exit: 'notFound' });
      }),
      { numRuns: 2000 },
    );
  });

  it('that is a list of all paths, and the glob **, are the whole dataset', () => {
    fc.assert(
      fc.property(somePaths, fc.constantFrom('', 'data/', './'), (paths, before) => {
        const dataset = datasetOf(paths);
        const all = list(paths.map((path) => `${before}${path}\n`).join(''));
        assert.equal(selectSubset(dataset, all, 'data').oid, dataset.oid);
        assert.equal(selectSubset(dataset, glob('**'), 'data').oid, dataset.oid);
      }),
      { numRuns: 1000 },
    );
  });

  it('that matches nothing is not found, and the sentence says what there is', () => {
    assert.throws(() => select(glob('test/**')), {
      exit: 'notFound',
      message:
        'the split test/** matches no file of the dataset, which has the folders train/, val/ and names that end in .jpg, .PNG, .csv: write the glob relative to data',
    });
    assert.throws(() => select(glob('x*'), ['a', 'b']), /has no folders and names without extensions:/);
  });

  it('that matches nothing names at most ten folders and extensions, those with the most files first', () => {
    const many = Array.from({ length: 30 }, (_, index) => `d${10 + index}/x.e${10 + index}`);
    assert.throws(
      () => select(glob('q*'), [...many, 'd39/y.e39']),
      /the folders d39\/, d10\/, (?:d1\d\/, ){7}d18\/, … and names that end in \.e39, \.e10, .*\.e18, …:/,
    );
  });

  it('that could begin with the data directory or a folder of that name is refused with both spellings', () => {
    assert.throws(() => select(glob('data/*'), ['data/a', 'b']), {
      exit: 'dataset',
      message: /write \* for the one, or data\/data\/\* for the other$/,
    });
    assert.deepEqual(select(glob('data/data/*'), ['data/a', 'b']), ['data/a']);
  });

  it('of the whole repository matches its paths', () => {
    assert.deepEqual(select(glob('val/*'), files, '.'), ['val/d.jpg']);
  });

  it('that matches a name with a line break is refused, and not published without it', () => {
    assert.throws(() => select(glob('**'), ['a\nb']), /control character or line break/);
    assert.deepEqual(select(glob('?'), ['a\nb', 'c']), ['c']);
  });

  it('that is no list is refused with what it is, and the lines', () => {
    assert.throws(() => select(list('path,label\ntrain/a.jpg,0\n')), {
      exit: 'dataset',
      message:
        'the list data-split/train is CSV: column 1 names files of the dataset; write that column alone, one path a line, as cut -d, -f1 does and leave out the heading',
    });
    assert.throws(() => select(list('train\n')), {
      message:
        'the list data-split/train has 1 line that can not be honoured, so nothing is published: line 1: "train" is a folder of the dataset; use the glob train/** as the split instead of a list, or write the paths of its files',
    });
  });
});
