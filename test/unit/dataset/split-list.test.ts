/** A split's list as people and their tools write it, and the lines that can't be honoured. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resolveSplit } from '../../../src/dataset/split-list.ts';

const resolve = (list: string, dataDir: string, paths: ReadonlySet<string>) =>
  resolveSplit(Buffer.from(list), dataDir, paths);

const dataset = new Set([
  'a.png',
  'b.png',
  'sub/c.png',
  ' space.png',
  'tail .png ',
  '-dash',
  'é.png',
  '日/本',
  '..dots',
  'u\u0308.png',
  'o\u0308\u00f6.png',
  'of (1)/x.png',
]);

describe('a list', () => {
  for (const [what, list, paths] of [
    ['with one path per line', 'a.png\nsub/c.png\n', ['a.png', 'sub/c.png']],
    ['without a line break at its end', 'a.png\nb.png', ['a.png', 'b.png']],
    ['with CRLF', 'a.png\r\nb.png\r\n', ['a.png', 'b.png']],
    ['with a byte order mark', '\uFEFFa.png\nb.png', ['a.png', 'b.png']],
    ['with both', '\uFEFFa.png\r\nb.png\r\n', ['a.png', 'b.png']],
    ['with blank lines', '\n\na.png\n  \n\t\r\n\nb.png\n\n', ['a.png', 'b.png']],
    ['with duplicates', 'a.png\nb.png\na.png\n./a.png\ndata/a.png', ['a.png', 'b.png']],
    ['with ./ in front', './a.png\n./sub/c.png', ['a.png', 'sub/c.png']],
    ['with the data directory in front', 'data/a.png\n./data/sub/c.png', ['a.png', 'sub/c.png']],
    ['with spaces that belong to the names', ' space.png\ntail .png ', [' space.png', 'tail .png ']],
    ['with a leading dash', '-dash', ['-dash']],
    ['in Unicode', 'é.png\n日/本', ['é.png', '日/本']],
    ['with dots that are no parent', '..dots', ['..dots']],
    ['with nothing', '', []],
    ['in an order of its own', 'sub/c.png\nb.png\na.png', ['sub/c.png', 'b.png', 'a.png']],
  ] as [string, string, string[]][]) {
    it(`${what} is resolved`, () => {
      assert.deepStrictEqual(resolve(list, 'data', dataset), { paths, offending: 0, offences: [], format: null });
    });
  }

  it('may begin its paths with a nested data directory', () => {
    assert.deepStrictEqual(resolve('ml/data/a.png', 'ml/data', dataset).paths, ['a.png']);
  });

  for (const [what, text, why] of [
    ['a file that the dataset lacks', 'z.png', /no file of the dataset/],
    ['a folder', 'sub', /is a folder of the dataset; use the glob sub\/\*\* as the split/],
    ['a folder, with a slash', './data/sub/', /use the glob data\/sub\/\*\*/],
    ['a folder that no glob can name', 'of (1)', /is a folder of the dataset; write the paths of its files$/],
    ['the data directory', 'data/', /use the split \* for all of it/],
    ['another case', 'A.png', /no file of the dataset, but "a.png" is: write capitals/],
    ['another case in the data directory', 'data/SUB/C.PNG', /but "sub\/c.png" is/],
    ['a decomposed letter', 'e\u0301.png', /another Unicode form; write the lines in NFC, as Python's/],
    ['a composed letter', 'o\u0308\u00f6.png'.normalize('NFC'), /another Unicode form; copy the name/],
    ['a composed letter of a decomposed name', '\u00fc.png', /write the lines in NFD, as Python's/],
    ['backslashes', 'sub\\c.png', /has backslashes; write \/ between folders/],
    ['quotes', '"a.png"', /is quoted; write it without the quotes/],
    ['single quotes', "'sub/c.png'", /is quoted/],
    ['an absolute path', '/etc/passwd', /is absolute/],
    ['an absolute path behind ./', './/etc/passwd', /is absolute/],
    ['a parent', '../a.png', /"\.\."/],
    ['a parent inside', 'sub/../a.png', /"\.\."/],
    ['a parent behind the data directory', 'data/../../a.png', /"\.\."/],
    ['spaces around a name', 'a.png ', /without the spaces/],
    ['__proto__', '__proto__', /no file of the dataset/],
  ] as const) {
    it(`that names ${what} offends in that line`, () => {
      const { offending, offences } = resolve(`a.png\n\n${text}\nb.png`, 'data', dataset);
      assert.equal(offending, 1);
      assert.deepStrictEqual([offences[0]?.line, offences[0]?.text], [3, text]);
      assert.match(offences[0]?.why ?? '', why);
    });
  }

  it('that names files by absolute paths is told what they are relative to', () => {
    assert.match(resolve('/x', 'ml/data', dataset).offences[0]?.why ?? '', /relative to ml\/data\/$/);
    assert.match(resolve('/x', '.', dataset).offences[0]?.why ?? '', /relative to the repository's root$/);
  });

  it('of the whole repository may begin its paths with ./', () => {
    assert.deepStrictEqual(resolve('./sub/c.png\na.png', '.', dataset).paths, ['sub/c.png', 'a.png']);
  });

  it('with a path that could mean two files offends and says how to write either', () => {
    const both = new Set(['x', 'data/x']);
    assert.match(resolve('data/x', 'data', both).offences[0]?.why ?? '', /data\/data\/x and data\/x/);
    assert.deepStrictEqual(resolve('x\ndata/data/x', 'data', both).paths, ['x', 'data/x']);
  });

  it('with a hundred offences counts them all and names the first twenty', () => {
    const list = Array.from({ length: 100 }, (_, index) => `missing-${index}`).join('\r\n');
    const { paths, offending, offences } = resolve(list, 'data', dataset);
    assert.deepStrictEqual([paths.length, offending, offences.length], [0, 100, 20]);
    assert.deepStrictEqual(offences[19]?.line, 20);
    assert.equal(offences[0]?.text, 'missing-0');
  });

  it('of a million lines is resolved without ending the stack', () => {
    const names = Array.from({ length: 1_000_000 }, (_, index) => `dir-${index % 100}/${index}.png`);
    const { paths, offending } = resolve(names.join('\n'), 'data', new Set(names));
    assert.deepStrictEqual([paths.length, offending], [1_000_000, 0]);
  });

  it('of a million wrong lines is judged too', () => {
    const { offending, offences } = resolve('x\n'.repeat(1_000_000), 'data', new Set());
    assert.deepStrictEqual([offending, offences.length], [1_000_000, 20]);
  });

  it('of a hundred million empty lines is counted without keeping them', () => {
    const list = Buffer.alloc(100_000_000, '\n');
    list.write('x', list.length - 1);
    const before = process.memoryUsage.rss();
    const { offending, offences } = resolveSplit(list, 'data', dataset);
    assert.deepStrictEqual([offending, offences[0]?.line], [1, 100_000_000]);
    assert.ok(process.memoryUsage.rss() - before < 256 * 1024 * 1024);
  });

  it('of a single line of slashes costs no more than the line', () => {
    const before = process.memoryUsage.rss();
    const { offences } = resolveSplit(Buffer.alloc(100_000_000, 'a/'), 'data', dataset);
    assert.match(offences[0]?.why ?? '', /no file of the dataset/);
    assert.ok(process.memoryUsage.rss() - before < 512 * 1024 * 1024);
  });

  it('of whatever text names only files of the dataset', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...dataset, 'data/a.png', './b.png', '..', '/', ''),
    );
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const { paths, offending } = resolve(lines.join(end), 'data', dataset);
        for (const path of paths) assert.ok(dataset.has(path));
        assert.equal(new Set(paths).size, paths.length);
        assert.ok(paths.length + offending <= lines.join(end).split('\n').length);
      }),
      { numRuns: 5000 },
    );
  });

  it('made of files of a dataset resolves to exactly those, however each is written', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\r\n/\uFEFF]/.test(text) && text.trim() !== '' && !['.', '..'].includes(text));
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.constantFrom('', './', 'data/', './data/'), (names, prefix) => {
        const { paths, offending } = resolve(names.map((each) => prefix + each).join('\n'), 'data', new Set(names));
        assert.deepStrictEqual([paths, offending], [names, 0]);
      }),
      { numRuns: 3000 },
    );
  });
});
