/** One output of a commit: where it is, what it is, or why it is not to be had. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { byContent, byText } from '../../../../src/fetch/dvc-format/object-naming.ts';
import {
  isAtOrBelow,
  isFolder,
  isRelated,
  isTracked,
  ownFlags,
  pathInRepository,
  readOutput,
  type WrittenOutput,
} from '../../../../src/fetch/dvc-format/output.ts';

const oid = 'a'.repeat(32);
const place = { folder: 'ml', source: 'ml/x.dvc' };
const read = (written: Omit<WrittenOutput, 'path'>) => {
  const output = { path: 'x', ...written };
  return readOutput(output, place, ownFlags(output));
};

test('a path in the repository is what is left of it, or none', () => {
  const cases: [folder: string, written: string, path: string | null][] = [
    ['.', 'data', 'data'],
    ['.', './data/', 'data'],
    ['.', '.', '.'],
    ['a', '..', '.'],
    ['a/b', '../c', 'a/c'],
    ['a/b', '../../c', 'c'],
    ['a', '../..', null],
    ['.', '..', null],
    ['.', '../x', null],
    ['.', '..x', '..x'],
    ['.', 'a/../..x', '..x'],
    ['a', '/etc', null],
    ['a', 'gs://bucket/x', null],
    ['a', 'remote://store/x', null],
    ['a', 'c:/x', 'a/c:/x'],
    ['a', 'x://', null],
    ['a', '', 'a'],
  ];
  for (const [folder, written, path] of cases)
    assert.equal(pathInRepository(folder, written), path, `${folder} ${written}`);
});

test('paths lie in one another by whole names', () => {
  const cases: [one: string, other: string, isBelow: boolean, isEither: boolean][] = [
    ['data', 'data', true, true],
    ['data/a', 'data', true, true],
    ['data', 'data/a', false, true],
    ['data2', 'data', false, false],
    ['data.dvc', 'data', false, false],
    ['data', '.', true, true],
    ['.', 'data', false, true],
    ['.', '.', true, true],
  ];
  for (const [one, other, isBelow, isEither] of cases) {
    assert.equal(isAtOrBelow(one, other), isBelow, `${one} ${other}`);
    assert.equal(isRelated(one, other), isEither, `${one} ${other}`);
  }
});

test('a folder and a file are told apart by their oids, the naming by the hash', () => {
  const folder = read({ md5: `${oid}.dir`, hash: 'md5' });
  const file = read({ md5: oid });
  assert.ok(folder && isTracked(folder) && file && isTracked(file));
  assert.deepEqual([isFolder(folder), folder.objectNaming], [true, byContent]);
  assert.deepEqual([isFolder(file), file.objectNaming], [false, byText]);
  assert.deepEqual([file.path, file.source], ['ml/x', 'ml/x.dvc']);
});

test('what stands beside the hash, or elsewhere, is kept', () => {
  const output = readOutput({ path: 'x', md5: oid, size: 7, nfiles: 3 }, place, {
    cache: true,
    push: false,
    remote: 'r',
  });
  assert.ok(output && isTracked(output));
  const { files, bytes, remote, pushed } = output;
  assert.deepEqual({ files, bytes, remote, pushed }, { files: 3, bytes: 7, remote: 'r', pushed: false });
});

test('the flags of an output have the defaults of DVC', () => {
  assert.deepEqual(ownFlags({ path: 'x' }), { cache: true, push: true, remote: null });
  assert.deepEqual(ownFlags({ path: 'x', cache: false, push: false, remote: 'r' }), {
    cache: false,
    push: false,
    remote: 'r',
  });
});

describe('an output is refused', () => {
  const cases: Record<
    string,
    [written: Omit<WrittenOutput, 'path'> & { path?: string }, why: RegExp, leftOut: boolean]
  > = {
    'that git may have, and left out': [{ md5: oid, cache: false }, /cache: false/, true],
    'of a cloud that keeps versions of folders': [{ md5: `${oid}.dir`, files: [] }, /cloud-versioned/, false],
    'of a cloud that keeps versions of files': [{ version_id: 'x' }, /cloud-versioned/, false],
    'of a cloud that keeps them by name': [{ cloud: { store: { etag: 'x' } } }, /cloud-versioned/, false],
    'without a hash': [{}, /has no md5/, false],
    'with the hash of another kind': [{ md5: oid, hash: 'etag' }, /another hash/, false],
    'with 31 digits': [{ md5: oid.slice(1) }, /md5 that is none/, false],
    'with capitals': [{ md5: oid.toUpperCase() }, /md5 that is none/, false],
    'with a line behind its hash': [{ md5: `${oid}\n` }, /md5 that is none/, false],
    'with two ends': [{ md5: `${oid}.dir.dir` }, /md5 that is none/, false],
    'at the repository itself': [{ md5: oid, path: '..' }, /path that has a "\." or "\.\." segment/, false],
    'with a name of ours': [{ md5: oid, path: '.dvc-injector-x' }, /reserved for dvc-injector/, false],
    'with a name that is too long': [{ md5: oid, path: 'x'.repeat(256) }, /more than 255 bytes/, false],
  };
  for (const [what, [written, why, leftOut]] of Object.entries(cases)) {
    test(what, () => {
      const output = read(written as WrittenOutput);
      assert.ok(output && !isTracked(output));
      assert.match(output.why, why);
      assert.equal(output.leftOut, leftOut);
    });
  }
});
