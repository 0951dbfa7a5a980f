/** A `.dir` object as DVC writes it is read verbatim, and no path of one leads out of the tree or gives git a repository. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  datasetRoom,
  dirObjectLimits,
  foldersOf,
  parseDirObject,
  pathProblem,
} from '../../../../src/fetch/dvc-format/dir-object.ts';
import { failure } from '../../../support/fetch/failure.ts';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
const parse = (content: unknown) =>
  parseDirObject(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));

test('entries keep all that DVC wrote, in its order', () => {
  const entries = [
    { md5, relpath: 'b/a', size: 0, isexec: true },
    { md5, relpath: 'a' },
  ];
  assert.deepEqual(parse(entries), entries);
  assert.deepEqual(parse('[]'), []);
  assert.deepEqual(parse(` [\r\n{"md5":"${md5}","relpath":"a}]\\"{["}\t] `), [{ md5, relpath: 'a}]"{[' }]);
});

test('the folders of paths are those above each of them', () => {
  const folders = foldersOf(
    parse([
      { md5, relpath: 'a/b/c' },
      { md5, relpath: 'd' },
    ]),
  );
  assert.deepEqual([...folders], ['a', 'a/b']);
});

test('all lists of a dataset have together as many bytes as one may have, and the last one over that is told', () => {
  const room = datasetRoom();
  const list = Buffer.from(JSON.stringify([{ md5, relpath: 'a' }]));
  room.hold(dirObjectLimits.bytes - 2 * list.length);
  assert.equal(parseDirObject(list, room).length, 1);
  assert.equal(parseDirObject(list, room).length, 1);
  assert.throws(
    () => parseDirObject(list, room),
    failure('dataset', /\.dir objects have more than \d+ bytes together, .*dvc\.io\/data-dir, or .*dvc\.io\/memory$/),
  );
});

describe('a path', () => {
  for (const path of [
    'a',
    '..a',
    'a..',
    '...',
    'x.git',
    '.gitignore',
    '.github/x',
    'git',
    ' ',
    'a\nb',
    '-x',
    '日/本',
  ]) {
    test(`${JSON.stringify(path)} is fine`, () => assert.equal(pathProblem(path), null));
  }
  for (const [path, why] of [
    ['..', /"\.\."/],
    ['a/../b', /"\.\."/],
    ['./a', /"\."/],
    ['', /empty segment/],
    ['a/', /empty segment/],
    ['/a', /absolute/],
    ['a\0', /NUL/],
    ['\ud800', /Unicode/],
    ['.git', /named \.git/],
    ['a/.git/config', /named \.git/],
    ['.GIT/hooks/x', /named \.git/],
    ['.dvc-injector-x', /reserved/],
    ['x'.repeat(256), /255 bytes/],
    ['x/'.repeat(2100), /4096/],
  ] as const) {
    test(`${JSON.stringify(path.slice(0, 20))} is refused`, () => assert.match(pathProblem(path) ?? '', why));
  }
});

test('what is cut off, nested or twice there is refused', () => {
  for (const [content, sentence] of [
    ['', /cut off/],
    ['[{}', /has no md5|cut off/],
    ['[{"md5": [1]}]', /nested/],
    [
      [
        { md5, relpath: 'a' },
        { md5, relpath: 'a' },
      ],
      /twice/,
    ],
    [
      [
        { md5, relpath: 'a' },
        { md5, relpath: 'a/b' },
      ],
      /both as a file and as a folder/,
    ],
  ] as const) {
    assert.throws(() => parse(content), failure('dataset', sentence), String(content));
  }
});
