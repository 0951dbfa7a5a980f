/** What a split's text means, and the split that is offered for the name of a folder. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InvalidReference } from '../../../src/dataset/invalid-reference.ts';
import { folderSplit, parseSplit } from '../../../src/dataset/split.ts';
import { anyText, splits } from '../../support/dataset/samples.ts';

describe('a split', () => {
  for (const [text, split] of [
    ['*', { kind: 'every' }],
    ['train', { kind: 'list', path: 'train' }],
    ['train/6.4k.txt', { kind: 'list', path: 'train/6.4k.txt' }],
    ['a,b', { kind: 'list', path: 'a,b' }],
    ['train/**', { kind: 'glob', pattern: 'train/**' }],
    ['**', { kind: 'glob', pattern: '**' }],
    ['?', { kind: 'glob', pattern: '?' }],
    ['part-[0-4]', { kind: 'glob', pattern: 'part-[0-4]' }],
    ['{train,val}', { kind: 'glob', pattern: '{train,val}' }],
  ] as const) {
    it(`${text} is ${split.kind === 'every' ? 'every file' : `a ${split.kind}`}`, () => {
      assert.deepStrictEqual(parseSplit(text), split);
    });
  }

  for (const [text, says] of [
    ['', /^the split is missing .* a glob, such as :train\/\*\*/],
    ['../x', /^the split has a "\." or "\.\." segment; name a list .* such as :train or :train\/6\.4k, a glob/],
    ['a]', /^the split has a character other than letters/],
    [
      'train**',
      /^the split is a glob that has \*\* beside other text; .*such as :train\/\*\* or :\*\*\/\*\.\{jpg,png\}/,
    ],
    ['**/**/**', /^the split is a glob that has more than 2 segments \*\*;/],
  ] as const) {
    it(`${JSON.stringify(text)} is refused with what to write`, () => {
      assert.throws(() => parseSplit(text), { name: 'InvalidReference', problem: 'split', message: says });
    });
  }

  it('of whatever text is read, or refused with one line and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, splits), (text) => {
        try {
          const split = parseSplit(text);
          assert.equal(split.kind === 'every' ? '*' : split.kind === 'list' ? split.path : split.pattern, text);
        } catch (error) {
          assert.ok(error instanceof InvalidReference && error.problem === 'split', String(error));
          assert.doesNotMatch(error.message, /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('the name of a folder as a split', () => {
  const paths = ['train/a.png', 'x/val/b.png', 'test'];
  for (const [split, dataDir, offered] of [
    ['train', 'data', 'train/**'],
    ['data/train', 'data', 'data/train/**'],
    ['x/val', 'data', 'x/val/**'],
    ['val', 'data', null],
    ['test', 'data', null],
    ['tra', 'data', null],
    ['train', '.', 'train/**'],
  ] as const) {
    it(`${split} in ${dataDir} is offered as ${offered}`, () => {
      assert.equal(folderSplit(split, paths, dataDir), offered);
    });
  }
});
