/** The small tools below the decision: patch operations, texts and the table of reasons. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Denied } from '../../../src/admission/decision.ts';
import { insertInto, patched, setKeys } from '../../../src/admission/patch.ts';
import { type DenialReason, denialStatus, reasons } from '../../../src/admission/reasons.ts';
import { oneLine, warningText } from '../../../src/text.ts';
import { unprintable } from '../../support/admission/pods.ts';

describe('an insertion', () => {
  it('of nothing is no operation', () => {
    assert.deepStrictEqual(insertInto(undefined, '/a', []), []);
    assert.deepStrictEqual(insertInto([1], '/a', [], 0), []);
  });

  it('makes the list where it is absent or null', () => {
    for (const list of [undefined, null]) {
      assert.deepStrictEqual(insertInto(list, '/a', [1, 2], 0), [{ op: 'add', path: '/a', value: [1, 2] }]);
    }
  });

  it('goes to the end, or in order to its index', () => {
    assert.deepStrictEqual(patched({ a: [1] }, insertInto([1], '/a', [2, 3])), { a: [1, 2, 3] });
    assert.deepStrictEqual(patched({ a: [1, 4] }, insertInto([1, 4], '/a', [2, 3], 1)), { a: [1, 2, 3, 4] });
  });

  it('anywhere in any list keeps all items in their order', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), fc.nat(), (list, items, where) => {
        const index = where % (list.length + 1);
        const { a } = patched({ a: list }, insertInto(list, '/a', items, index));
        const plain = JSON.parse(JSON.stringify([...list.slice(0, index), ...items, ...list.slice(index)]));
        assert.deepStrictEqual(a, plain);
      }),
    );
  });
});

describe('keys that are set', () => {
  it('make the map where it is absent or null', () => {
    for (const map of [undefined, null])
      assert.deepStrictEqual(setKeys(map, '/m', { 'a/b': 1 }), [{ op: 'add', path: '/m', value: { 'a/b': 1 } }]);
  });

  it('may hold slashes and tildes', () => {
    const map = { kept: 1 };
    assert.deepStrictEqual(patched({ m: map }, setKeys(map, '/m', { 'dvc.io/x~1': 'v' })), {
      m: { kept: 1, 'dvc.io/x~1': 'v' },
    });
  });
});

describe('a patched document', () => {
  it('leaves the document and the operations as they were', () => {
    const document = Object.freeze({ list: Object.freeze([1]) });
    const operations = insertInto(undefined, '/other', [{ a: [] }]);
    const first = patched<object>(document, operations);
    const later = patched(first, insertInto([], '/other/0/a', ['x']));
    assert.deepStrictEqual(document, { list: [1] });
    assert.deepStrictEqual(operations, [{ op: 'add', path: '/other', value: [{ a: [] }] }]);
    assert.deepStrictEqual(later, { list: [1], other: [{ a: ['x'] }] });
  });
});

describe('one line', () => {
  for (const [what, text, line] of [
    ['line breaks', 'a\r\nb\nc', 'a b c'],
    ['colour codes', '\u001b[31mred', '[31mred'],
    ['a zero byte', 'a\0b', 'a b'],
    ['C1 controls', 'a\u0085b\u009bc', 'a b c'],
    ["Unicode's line and paragraph separators", 'a\u2028b\u2029c', 'a b c'],
    ['characters that turn the reading direction', 'a\u202etxt.exe\u2066b', 'a txt.exe b'],
    ['space around it', '\n a \t', 'a'],
  ] as const) {
    it(`is made of ${what}`, () => assert.equal(oneLine(text), line));
  }

  it('of any text is printable, and stays as it is a second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = oneLine(text);
        assert.doesNotMatch(line, unprintable);
        assert.equal(oneLine(line), line);
        const denied = new Denied('internal-error', text);
        assert.equal(denied.message, line);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a warning', () => {
  it('of 256 characters is whole, and a longer one ends in an ellipsis', () => {
    assert.equal(warningText('x'.repeat(256)), 'x'.repeat(256));
    assert.equal(warningText('x'.repeat(257)), `${'x'.repeat(255)}…`);
  });

  it('of any text has at most 256 characters and no half of a surrogate pair', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 200, maxLength: 300, size: 'max' }), (text) => {
        const warning = warningText(text);
        assert.ok(warning.length <= 256);
        assert.ok(warning.isWellFormed());
        assert.doesNotMatch(warning, unprintable);
      }),
    );
    assert.ok(warningText('😀'.repeat(200)).isWellFormed());
    assert.ok(warningText(`x${'😀'.repeat(200)}`).isWellFormed());
  });
});

describe('the table of reasons', () => {
  const rows: [string, { decision: string; code?: number; meaning: string }][] = Object.entries(reasons);

  it('gives every denial a code that Kubernetes has a word for, and no other reason one', () => {
    const words = new Map([
      [400, 'BadRequest'],
      [403, 'Forbidden'],
      [409, 'Conflict'],
      [422, 'Invalid'],
      [500, 'InternalError'],
      [503, 'ServiceUnavailable'],
    ]);
    for (const [reason, { decision, code }] of rows) {
      assert.equal(code !== undefined, decision === 'deny', reason);
      if (code === undefined) continue;
      assert.deepStrictEqual(denialStatus(reason as DenialReason), { code, reason: words.get(code) });
    }
  });

  it('has names that can be metric labels and one sentence for each', () => {
    for (const [reason, { meaning }] of rows) {
      assert.match(reason, /^[a-z]+(-[a-z]+)*$/);
      assert.match(meaning, /^\S.*[^.]\.$/, reason);
    }
  });
});
