/** Mount paths as the runtime sees them. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { asMounted } from '../../../src/admission/paths.ts';

test('a path is normalised as the runtime does it, however it is written', () => {
  for (const [written, mounted] of [
    ['/', '/'],
    ['/mnt', '/mnt'],
    ['mnt', '/mnt'],
    ['/mnt/', '/mnt'],
    ['//mnt', '/mnt'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/..', '/'],
    ['/.hidden/..data', '/.hidden/..data'],
    ['/a.', '/a.'],
    ['', '/'],
  ] as const)
    assert.equal(asMounted(written), mounted, written);
});

test('the short way for a path that is normal already is the long one', () => {
  const parts = fc.array(fc.constantFrom('/', '.', '..', 'a', '.a', 'a.', '\n'), { maxLength: 12 });
  fc.assert(
    fc.property(parts, (written) => {
      const path = written.join('');
      assert.equal(asMounted(path), posix.join('/', path).replace(/(?<=.)\/$/s, ''));
    }),
    { numRuns: 20_000 },
  );
});
