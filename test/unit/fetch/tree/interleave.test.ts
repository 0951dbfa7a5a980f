/** The order in which files are written: each folder in turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { interleaveFolders } from '../../../../src/fetch/tree/interleave.ts';

const files = (...paths: string[]) => paths.map((relpath) => ({ relpath }));

test('each folder gives one file in turn, in the order in which the folders appear', () => {
  const mixed = interleaveFolders(files('a/1', 'a/2', 'a/3', 'b/1', 'top', 'b/c/1', 'b/2'));
  assert.deepEqual(mixed, files('a/1', 'b/1', 'top', 'b/c/1', 'a/2', 'b/2', 'a/3'));
  assert.deepEqual(interleaveFolders([]), []);
});

test('nothing is lost and nothing comes twice', () => {
  const path = fc.stringMatching(/^[a-c]\/[a-c]\/[0-9]{1,3}$/);
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 60 }), (paths) => {
      const mixed = interleaveFolders(files(...paths)).map(({ relpath }) => relpath);
      assert.deepEqual(mixed.toSorted(), paths.toSorted());
    }),
  );
});
