/** The two directories of a repository: inside it, and clear of what is git's, DVC's or ours. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseDirectories } from '../../../src/dataset/directories.ts';
import { InvalidReference } from '../../../src/dataset/invalid-reference.ts';
import { relativePathProblem } from '../../../src/dataset/relative-path.ts';
import { anyText } from '../../support/dataset/samples.ts';

describe('the directories of a repository', () => {
  for (const [dataDir, splitDir] of [
    ['data', 'data-split'],
    ['ml/data', 'ml/splits'],
    ['data', 'datasplit'],
    ['my data', 'splits'],
    ['données', 'listes'],
    ['data', 'data'],
    ['data/raw', 'data'],
    ['data', 'data/splits'],
    ['.', 'data-split'],
    ['.hidden', 'a.dvc'],
  ] as const) {
    it(`may be ${dataDir} and ${splitDir}`, () => {
      assert.deepStrictEqual(parseDirectories({ dataDir, splitDir }), { dataDir, splitDir });
    });
  }

  it('are the same however their end is written, and the repository itself may have a slash', () => {
    assert.deepStrictEqual(parseDirectories({ dataDir: ' ./ ', splitDir: 'lists//' }), {
      dataDir: '.',
      splitDir: 'lists',
    });
  });

  for (const [what, dataDir, splitDir] of [
    ['lists where the metadata file lies', 'data', 'data.dvc'],
    ['lists below where the metadata file lies', 'data', 'data.dvc/x'],
    ['data of the name of the lists with .dvc', 'splits.dvc', 'splits'],
    ["git's own folder", '.git', 'splits'],
    ["git's own folder in capitals", '.GIT/x', 'splits'],
    ["DVC's own folder", 'data', '.dvc/tmp'],
    ['the provenance file', 'data', 'dataset.json'],
    ['the file of paths that lies beside it', 'Split.txt', 'splits'],
    ['an absolute path', '/data', 'splits'],
    ['a path that leaves the repository', '../data', 'splits'],
    ['a path that leaves the repository later', 'a/../../data', 'splits'],
    ['an option', '-data', 'splits'],
    ['nothing', '', 'splits'],
    ['only slashes', '//', 'splits'],
    ['a dot for the lists', 'data', '.'],
    ['two dots', '..', 'splits'],
    ['a dot behind a slash', 'data/.', 'splits'],
    ['a variable', '$HOME', 'splits'],
    ['a line break', 'da\nta', 'splits'],
  ] as const) {
    it(`can't be ${what}`, () => {
      assert.throws(() => parseDirectories({ dataDir, splitDir }), { name: 'InvalidReference', problem: 'directory' });
    });
  }

  it('of whatever text throw nothing but InvalidReference, in one line', () => {
    fc.assert(
      fc.property(anyText, anyText, (dataDir, splitDir) => {
        try {
          parseDirectories({ dataDir, splitDir });
        } catch (error) {
          assert.ok(error instanceof InvalidReference);
          assert.doesNotMatch(error.message, /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('a path inside a repository', () => {
  it('that is allowed stays below any root it is joined to, and is no option', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        if (relativePathProblem(text) !== null) return;
        assert.ok(!new URL(encodeURI(text), 'file:///root/').pathname.startsWith('/root/../'));
        assert.doesNotMatch(text, /^\/|(?:^|\/)\.{1,2}(?:\/|$)|(?:^|\/)-|\p{Cc}|[$`;&|<>"'\\*?(){}]/u);
      }),
      { numRuns: 10_000 },
    );
  });
});
