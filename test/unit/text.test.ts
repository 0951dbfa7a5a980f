/** What is printed or repeated: which characters count as control characters, and where a text is cut. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clipped, escapedJson, hasAsciiControl, hasControl, oneLine } from '../../src/text.ts';

const characters: [title: string, character: string, is: { ascii: boolean; control: boolean; printed: boolean }][] = [
  ['a letter', 'a', { ascii: false, control: false, printed: true }],
  ['a space', ' ', { ascii: false, control: false, printed: true }],
  ['NUL', '\u0000', { ascii: true, control: true, printed: false }],
  ['a tab', '\t', { ascii: true, control: true, printed: false }],
  ['a line feed', '\n', { ascii: true, control: true, printed: false }],
  ['ESC', '\u001b', { ascii: true, control: true, printed: false }],
  ['DEL', '\u007f', { ascii: true, control: true, printed: false }],
  ['NEL', '\u0085', { ascii: false, control: true, printed: false }],
  ['CSI', '\u009b', { ascii: false, control: true, printed: false }],
  ['a no-break space', '\u00a0', { ascii: false, control: false, printed: true }],
  ['a line separator', '\u2028', { ascii: false, control: true, printed: false }],
  ['a paragraph separator', '\u2029', { ascii: false, control: true, printed: false }],
  ['a right-to-left override', '\u202e', { ascii: false, control: false, printed: false }],
  ['an isolate', '\u2066', { ascii: false, control: false, printed: false }],
  ['half of an emoji', '\ud83d', { ascii: false, control: false, printed: true }],
];

describe('control characters', () => {
  for (const [title, character, { ascii, control, printed }] of characters) {
    test(`${title}: ${JSON.stringify({ ascii, control, printed })}`, () => {
      const text = `x${character}y`;
      assert.equal(hasAsciiControl(text), ascii);
      assert.equal(hasControl(text), control);
      assert.equal(oneLine(text), printed ? text : 'x y');
      const json = JSON.stringify(text);
      assert.equal(JSON.parse(escapedJson(json)), text);
      if (!printed) assert.ok(!escapedJson(json).includes(character));
    });
  }

  test('a line of JSON keeps the line feed at its end', () => {
    assert.equal(escapedJson('{"a":"\u009b"}\n'), '{"a":"\\u009b"}\n');
  });

  test('several in a row become one space, and none stands at the ends', () => {
    assert.equal(oneLine('\r\n one \u2028\u001b\n two\n'), 'one   two');
  });
});

describe('a cut', () => {
  test('leaves what fits, to the last character', () => {
    assert.equal(clipped('abcde', 5), 'abcde');
    assert.equal(clipped('', 5), '');
  });

  test('ends with an ellipsis, which counts', () => {
    assert.equal(clipped('abcdef', 5), 'abcd…');
    assert.equal(clipped('abcdef', 1), '…');
  });

  test('goes through no character of two units', () => {
    assert.equal(clipped('abc😀f', 5), 'abc…');
    assert.equal(clipped('abc😀f', 6), 'abc😀f');
    assert.equal(clipped('ab😀cdef', 5), 'ab😀…');
  });
});
