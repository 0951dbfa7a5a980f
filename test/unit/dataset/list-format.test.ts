/** Files that are committed in a list's place, each with the sentence that says how to make a list of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveSplit } from '../../../src/dataset/split-list.ts';

const dataset = new Set(['train/a.png', 'train/b, c.png', 'val/d.png', 'e.png']);
const formatOf = (list: Buffer | string) => resolveSplit(Buffer.from(list), 'data', dataset).format;
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

describe('instead of a list', () => {
  for (const [what, list, says] of [
    ['UTF-16 with its mark', utf16('\uFEFFtrain/a.png\r\n'), /^is in UTF-16 \(little-endian\); save it in UTF-8$/],
    ['UTF-16 without it', utf16('train/a.png\r\n'), /^is in UTF-16 \(little-endian\)/],
    ['big-endian UTF-16 with its mark', utf16('\uFEFFtrain/a.png\n').swap16(), /^is in UTF-16 \(big-endian\)/],
    ['big-endian UTF-16 without it', utf16('train/a.png\n').swap16(), /^is in UTF-16 \(big-endian\)/],
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n',
      /^is a pointer of Git LFS; commit the list itself/,
    ],
    ['a JSON array', '["train/a.png", "val/d.png"]', /^is JSON; write one path a line, as jq -r "\.\[\]" does$/],
    ['a JSON array on lines', '[\n  "train/a.png",\n  "val/d.png"\n]\n', /^is JSON;/],
    ['a JSON object', '{\n  "train": ["train/a.png"]\n}', /^is JSON, or JSON lines;/],
    ['JSON lines', '{"path": "train/a.png"}\n{"path": "val/d.png"}\n', /^is JSON, or JSON lines; .* jq -r \.path/],
    [
      'CSV with a heading',
      'label,path\n0,train/a.png\n1,val/d.png\n',
      /^is CSV: column 2 names files of the dataset; write that column alone, one path a line, as cut -d, -f2 does and leave out the heading$/,
    ],
    ['CSV without one', 'data/train/a.png,0\nval/d.png,1\n', /^is CSV: column 1 .* as cut -d, -f1 does$/],
    [
      'CSV with quotes',
      'id,path\n1,"train/a.png"\n',
      /column 2 .* with a program that reads its quotes, such as Python's csv/,
    ],
    ['TSV', '1\ttrain/a.png\n2\tval/d.png\n', /^is TSV: column 2 .* as cut -f2 does$/],
    ['semicolons', 'train/a.png;0\r\n', /^is columns divided by semicolons: column 1 .* as cut -d';' -f1 does$/],
    [
      'a class beside each path',
      'train/a.png 0\nval/d.png 1\n',
      /^is columns divided by spaces: column 1 .* as cut -d' ' -f1 does$/,
    ],
  ] as const) {
    it(`${what} is recognised`, () => {
      assert.match(formatOf(list) ?? 'a list', says);
    });
  }

  for (const [what, list] of [
    ['a list of names with commas', 'train/b, c.png\n'],
    ['a list with one wrong line', 'train/a.png\nx.png\n'],
    ['a list of other files with commas', 'x, y\n'],
    ['a list with a stray zero', 'train/a.png\nx\0.png\n'],
    ['a list with a name in brackets', '[x].png\n{y}.png\n'],
    ['a list with one line of columns among many wrong ones', `${'x.png\n'.repeat(10)}train/a.png,0\n`],
    ['nothing', ''],
  ] as const) {
    it(`${what} is a list`, () => {
      assert.equal(formatOf(list), null);
    });
  }

  it('a table of very many columns is looked at in its first hundred only', () => {
    assert.match(formatOf(`${'0,'.repeat(99)}e.png`) ?? '', /column 100 /);
    assert.equal(formatOf(`${'0,'.repeat(100)}e.png`), null);
  });
});
