/** What a commit and its remote hold is read in steps that grow with its length, whatever is in it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { startStepCounter } from '../../../support/process/steps.ts';

const counter = startStepCounter(); // before what it counts in is loaded
const { parseDvcConfig } = await import('../../../../src/fetch/dvc-format/dvc-config.ts');
const { foldersOf, parseDirObject } = await import('../../../../src/fetch/dvc-format/dir-object.ts');
const { deriveDirObject } = await import('../../../../src/fetch/dvc-format/subset.ts');
const { interleaveFolders } = await import('../../../../src/fetch/tree/interleave.ts');
const { byDepth } = await import('../../../../src/fetch/tree/depth.ts');
const { resolveSplit } = await import('../../../../src/dataset/split-list.ts');

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const md5 = '0'.repeat(32);
const deep = (segments: number) => 'a/'.repeat(segments);

/** As many entries as `count`, with all that is done with them before the first byte is fetched. */
function list(paths: (count: number) => string[]): (count: number) => () => void {
  return (count) => {
    const bytes = Buffer.from(JSON.stringify(paths(count).map((relpath) => ({ md5, relpath }))));
    return () => {
      const entries = parseDirObject(bytes);
      byDepth(foldersOf(entries, 'data'));
      deriveDirObject(interleaveFolders(entries));
    };
  };
}

function config(line: (index: number) => string): (count: number) => () => void {
  return (count) => {
    const text = numbers(count).map(line).join('');
    return () => parseDvcConfig(text);
  };
}

function split(text: (count: number) => string): (count: number) => () => void {
  return (count) => {
    const bytes = Buffer.from(text(count));
    return () => resolveSplit(bytes, 'data', new Set(['a']));
  };
}

const works: Record<string, (count: number) => () => void> = {
  'a .dir object of one folder': list((count) => numbers(count).map((i) => `x/${i}`)),
  'a .dir object of a folder for each file': list((count) => numbers(count).map((i) => `${i}/x`)),
  'a .dir object of a large folder and many small ones': list((count) =>
    numbers(count).map((i) => (i % 2 ? `large/${i}` : `${i}/x`)),
  ),
  'a .dir object of deep paths, each of its own': list((count) => numbers(count / 20).map((i) => `${i}/${deep(500)}x`)),
  'a .dir object of deep paths that end differently': list((count) =>
    numbers(count / 20).map((i) => `${deep(500)}${i}`),
  ),
  'a configuration of keys': config((i) => `k${i} = 1\n`),
  'a configuration of sections': config((i) => `['remote "${i}"']\nurl = x\n`),
  'a configuration of quotes and spaces': config(() => `"      = '   "  '   #  \n`),
  'a list of wrong lines': split((count) => 'b\n'.repeat(count)),
  'a list of CSV': split((count) => 'b,c\n'.repeat(count)),
  'a list that a large dataset has none of': (count) => {
    const paths = new Set(numbers(count).map((i) => `x/${i}`));
    return () => resolveSplit(Buffer.from('x\n./x/\nX/1\ny\n'.repeat(100)), 'data', paths);
  },
  'a list of one line': split((count) => '../'.repeat(count)),
  'a list of empty lines': split((count) => ' \r\n'.repeat(count)),
};

describe('twice as much is twice the work', () => {
  for (const [name, prepare] of Object.entries(works)) {
    test(name, () => {
      const steps = (count: number) => {
        const work = prepare(count);
        return counter.count(() => {
          try {
            work();
          } catch (error) {
            assert.ok(error instanceof FetchFailure, String(error));
          }
        });
      };
      const [once, twice] = [steps(2_000), steps(4_000)];
      assert.ok(once > 0, 'something is counted');
      assert.ok(twice <= 2.2 * once + 5_000, `${once} and ${twice}`);
    });
  }
});
