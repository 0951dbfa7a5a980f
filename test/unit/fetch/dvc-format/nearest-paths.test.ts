/** Whoever mistyped a path is told the one that was meant, among the first. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nearestPaths } from '../../../../src/fetch/dvc-format/nearest-paths.ts';

const paths = ['data/raw', 'data/prepared', 'models/net.bin', 'train', 'deep/er/labels.csv', 'data2/raw'];

describe('the nearest is', () => {
  const cases: Record<string, [wanted: string, nearest: string]> = {
    'the one in the same folder': ['data/rwa', 'data/raw'],
    'the right name in another folder': ['raw', 'data/raw'],
    'the right name, however deep': ['labels.csv', 'deep/er/labels.csv'],
    'the one that is written alike': ['trian', 'train'],
    'what the path is a part of': ['models/net.bin/x', 'models/net.bin'],
  };
  for (const [what, [wanted, nearest]] of Object.entries(cases)) {
    test(what, () => assert.equal(nearestPaths(paths, wanted, 10)[0], nearest));
  }
});

test('no more than wanted are named, and the same ones whatever their order', () => {
  assert.deepEqual(nearestPaths(paths, 'data/rwa', 2), ['data/raw', 'data/prepared']);
  assert.deepEqual(nearestPaths(paths.toReversed(), 'data', 6), nearestPaths(paths, 'data', 6));
  assert.deepEqual(nearestPaths([], 'data', 3), []);
});

test('long ones are cut, and many are looked at in bounded time', () => {
  const [long = ''] = nearestPaths(['x'.repeat(4000)], 'data', 1);
  assert.equal(long, `${'x'.repeat(199)}…`);
  const many = Array.from({ length: 100_000 }, (_, index) => `${'y'.repeat(3000)}/${index}`);
  assert.equal(nearestPaths([...many, 'data'], 'data', 3).length, 3);
});
