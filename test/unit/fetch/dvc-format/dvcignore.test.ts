/** What DVC ignores, it does not look into for metadata: by the rules of git's own ignore files. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDvcIgnore } from '../../../../src/fetch/dvc-format/dvcignore.ts';
import { failure } from '../../../support/fetch/failure.ts';

const ignoring = (files: Record<string, string>) =>
  readDvcIgnore(new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])));

describe('a path is ignored', () => {
  const cases: [what: string, files: Record<string, string>, path: string, ignored: boolean][] = [
    ['not where there is no such file', {}, 'data.dvc', false],
    ['not by the comments that dvc init writes', { '.dvcignore': '# Add patterns\n# of files\n' }, 'data.dvc', false],
    ['by its name', { '.dvcignore': 'data.dvc\n' }, 'ml/data.dvc', true],
    ['by its folder', { '.dvcignore': 'old/\n' }, 'old/data.dvc', true],
    ['by a folder far above it', { '.dvcignore': '/old\n' }, 'old/a/b/data.dvc', true],
    ['by a wildcard', { '.dvcignore': '*.tmp.dvc\n' }, 'a/x.tmp.dvc', true],
    ['not by a path that begins elsewhere', { '.dvcignore': '/old\n' }, 'new/old/data.dvc', false],
    ['by a file beside it', { 'ml/.dvcignore': 'data.dvc\n' }, 'ml/data.dvc', true],
    ['not by a file in another folder', { 'ml/.dvcignore': 'data.dvc\n' }, 'data.dvc', false],
    ['not where a line takes it back', { '.dvcignore': '*.dvc\n!data.dvc\n' }, 'data.dvc', false],
    [
      'not where a nearer file takes it back',
      { '.dvcignore': '*.dvc\n', 'ml/.dvcignore': '!data.dvc\n' },
      'ml/data.dvc',
      false,
    ],
    [
      'though a nearer file takes it back, where the folder is',
      { '.dvcignore': 'ml/\n', 'ml/.dvcignore': '!data.dvc\n' },
      'ml/data.dvc',
      true,
    ],
    ['not where only capitals are alike', { '.dvcignore': 'DATA.dvc\n' }, 'data.dvc', false],
  ];
  for (const [what, files, path, ignored] of cases) {
    test(what, () => assert.equal(ignoring(files)(path), ignored));
  }
});

test('a pattern that would be tried again and again is refused by its line', () => {
  const sentence =
    /^\.dvcignore of the commit, line 2: a pattern with more than 3 wildcards, or more than one \*\*, is not/;
  for (const line of ['a*b*c*d*e', '*/*/*/*', '**/a/**/a', 'a/**/b/**']) {
    assert.throws(() => ignoring({ '.dvcignore': `a*b*c*d\n${line}\n` }), failure('dataset', sentence), line);
  }
});

test('a path that is longer than any is refused, where there are patterns to try', () => {
  const path = `${'a/'.repeat(600)}data.dvc`;
  assert.throws(() => ignoring({ '.dvcignore': '**/b/x\n' })(path), failure('dataset', /a path of 1208 characters/));
  assert.equal(ignoring({})(path), false);
});
