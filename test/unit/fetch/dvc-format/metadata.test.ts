/** Of all metadata files those are read that may have an output at, below or around a path; what can't be read is not forgotten. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metadataReader } from '../../../../src/fetch/dvc-format/metadata.ts';

const md5 = 'a'.repeat(32);
const tracks = (path: string, more = '') => `${more}outs:\n- md5: ${md5}\n  path: ${path}\n`;
const read = (files: Readonly<Record<string, string>>, path: string) => {
  const contents = new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));
  const { outputs, unread } = metadataReader(contents)(path);
  return { paths: outputs.map((output) => output.path), unread: unread.map(({ failure }) => failure.message) };
};

const files = {
  'top.dvc': tracks('top'),
  'a/x.dvc': tracks('x'),
  'a/b/y.dvc': tracks('y'),
  'c/z.dvc': tracks('z'),
  'meta/up.dvc': tracks('../a/up'),
  'meta/moved.dvc': tracks('moved', 'wdir: ../a\n'),
  'notes.txt': 'outs: [',
  'a/dvc.yaml': 'stages: [',
};

describe('files are read', () => {
  const cases: Record<string, [path: string, paths: string[]]> = {
    'of the folders above and below the path, and those that lead upwards': [
      'a',
      ['top', 'a/x', 'a/b/y', 'a/up', 'a/moved'],
    ],
    'whatever lies between': ['a/b/y/deep', ['top', 'a/x', 'a/b/y', 'a/up', 'a/moved']],
    'all, for the repository': ['.', ['top', 'a/x', 'a/b/y', 'c/z', 'a/up', 'a/moved']],
  };
  for (const [what, [path, paths]] of Object.entries(cases)) {
    test(what, () => assert.deepEqual(read(files, path), { paths, unread: [] }));
  }
});

test('a file that can not be read is told where it may matter, and the others are read', () => {
  const broken = { ...files, 'c/broken.dvc': 'outs: [' };
  assert.deepEqual(read(broken, 'a').unread, []);
  const { paths, unread } = read(broken, 'c');
  assert.deepEqual(paths, ['top', 'c/z', 'a/up', 'a/moved']);
  assert.equal(unread.length, 1);
  assert.match(unread[0] ?? '', /^c\/broken\.dvc of the commit is no valid YAML/);
});

test('a lock is read with the definition beside it, and neither alone says anything', () => {
  const lock = `schema: '2.0'\nstages:\n  make:\n    outs:\n    - md5: ${md5}\n      path: made\n`;
  const yaml = 'stages:\n  make:\n    outs: [made]\n';
  assert.deepEqual(read({ 'a/dvc.lock': lock, 'a/dvc.yaml': yaml }, 'a').paths, ['a/made']);
  assert.deepEqual(read({ 'a/dvc.lock': lock, 'dvc.yaml': yaml }, 'a').paths, []);
  assert.deepEqual(read({ 'a/dvc.yaml': yaml }, 'a').paths, []);
});

test('a stage in a folder that only DVC knows may have a part of what lies near, and is told', () => {
  const wdir = `$${'{folder}'}`;
  const lock = `schema: '2.0'\nstages:\n  make:\n    outs:\n    - md5: ${md5}\n      path: made\n`;
  const yaml = `stages:\n  make:\n    wdir: ${wdir}\n    outs: [made]\n`;
  const found = read({ 'a/dvc.lock': lock, 'a/dvc.yaml': yaml }, 'a/x');
  assert.deepEqual(found.paths, []);
  assert.match(found.unread[0] ?? '', /^the stage make of a\/dvc\.yaml has a wdir that only DVC can resolve: /);
});
