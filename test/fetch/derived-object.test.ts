/** That a derived `.dir` is what DVC itself would have written, and that nothing else passes for one. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import fc from 'fast-check';
import { provideDvc } from '../../provision/dvc.ts';
import { parseDirObject } from '../../src/fetch/dvc-format/dir-object.ts';
import { compareCodePoints, dumpsDictionary } from '../../src/fetch/dvc-format/python-json.ts';
import { deriveDirObject, selectSubset } from '../../src/fetch/dvc-format/subset.ts';
import { FetchFailure } from '../../src/fetch/failure/fetch-failure.ts';
import { makeDataset } from '../support/dataset/dataset.ts';
import { difficultFiles } from '../support/dataset/difficult-files.ts';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';

/** Asks Python, once for many values: stdin is a JSON list, stdout one. */
async function python(expression: string, values: unknown): Promise<unknown> {
  const { bin } = await provideDvc();
  const program = `import json,sys; values = json.load(sys.stdin); print(json.dumps(${expression}))`;
  const { stdout } = await execa(join(bin, 'python'), ['-I', '-c', program], { input: JSON.stringify(values) });
  return JSON.parse(stdout);
}

// Well-formed text of every plane, and control characters often.
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '/', '\0', '\n', '\x7f', '\u2028', '\ud7ff', '\ue000', '\uffff', '😀', 'é'),
    fc
      .integer({ min: 0, max: 0x10ffff })
      .filter((point) => point < 0xd800 || point > 0xdfff)
      .map((point) => String.fromCodePoint(point)),
  ),
});
const scalar = fc.oneof(text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null));

test('dictionaries are written byte for byte as json.dumps(sort_keys=True) writes them', async () => {
  const samples = fc.sample(fc.dictionary(text, scalar, { noNullPrototype: true }), { numRuns: 3000, seed: 1 });
  const expected = await python('[json.dumps(value, sort_keys=True) for value in values]', samples);
  assert.deepEqual(samples.map(dumpsDictionary), expected);
});

test('names are sorted as Python sorts them, whatever plane their characters are from', async () => {
  const names = [...new Set(fc.sample(text, { numRuns: 5000, seed: 2 }))];
  assert.deepEqual([...names].sort(compareCodePoints), await python('sorted(values)', names));
});

test('the subset of every file has the oid that DVC gave the dataset', async () => {
  await using dataset = await makeDataset({ files: difficultFiles, splits: {} });
  const bytes = readFileSync(dataset.dirObjectPath());
  const entries = parseDirObject(bytes);
  const derived = deriveDirObject([...entries].reverse());
  assert.equal(derived.oid, dataset.dirOid());
  assert.ok(derived.bytes.equals(bytes));
  const whole = { oid: dataset.dirOid(), bytes, entries };
  const every = Buffer.from(
    Object.keys(difficultFiles)
      .filter((name) => !/[\n\r]|^ /.test(name))
      .join('\n'),
  );
  const subset = selectSubset(whole, { kind: 'list', path: 'data-split/all', list: every }, 'data');
  assert.equal(subset.oid, `${createHash('md5').update(subset.bytes).digest('hex')}.dir`);
  assert.equal(parseDirObject(subset.bytes).length, subset.entries.length);
});

test('parsing what was derived gives the same entries', () => {
  const path = text.filter(
    (name) =>
      name !== '' &&
      !/[\0/]/.test(name) &&
      !['.', '..'].includes(name) &&
      !name.toLowerCase().startsWith('.dvc-injector'),
  );
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 20 }), (paths) => {
      const entries = paths.map((relpath) => ({ md5, relpath }));
      const derived = deriveDirObject(entries);
      assert.deepEqual(parseDirObject(derived.bytes), derived.entries);
    }),
  );
});

const entry = (relpath: string, hash = md5) => ({ md5: hash, relpath });
const refused: Record<string, unknown> = {
  'a path out of the tree': [entry('../escape')],
  'a path out of the tree, further down': [entry('a/../../escape')],
  'an absolute path': [entry('/etc/passwd')],
  'an empty path': [entry('')],
  'an empty segment': [entry('a//b')],
  'a dot': [entry('./a')],
  'a path that ends in a slash': [entry('a/')],
  'a NUL': [entry('a\0b')],
  'half a surrogate pair': [entry('\ud800')],
  'a name that is too long': [entry('x'.repeat(256))],
  'a name of ours': [entry('.dvc-injector')],
  'a name of ours in capitals': [entry('a/.DVC-Injector/b')],
  'the same path twice': [entry('a'), entry('a')],
  'a file that is also a folder': [entry('a'), entry('a/b/c')],
  'a folder that is also a file': [entry('a/b/c'), entry('a/b')],
  'a hash that is none': [entry('a', '../../../etc/passwd')],
  'a hash in capitals': [entry('a', md5.toUpperCase())],
  'a .dir in a .dir': [entry('a', `${md5}.dir`)],
  'no hash': [{ relpath: 'a' }],
  'no path': [{ md5 }],
  'a number for a path': [{ md5, relpath: 1 }],
  'nested values': [{ ...entry('a'), more: { deep: [] } }],
  'a fraction': [{ ...entry('a'), size: 1.5 }],
  'no list': { md5, relpath: 'a' },
  'a list of lists': [[entry('a')]],
  'a string': 'a',
};
for (const [what, content] of Object.entries(refused)) {
  test(`a .dir with ${what} is refused`, () => {
    assert.throws(
      () => parseDirObject(Buffer.from(JSON.stringify(content))),
      (error) => error instanceof FetchFailure && error.exit === 'dataset',
    );
  });
}

test('a .dir of any bytes, cut or changed anywhere, ends in a list or in the typed refusal', () => {
  const whole = deriveDirObject(['a', 'b/c', 'b/d', 'é'].map((path) => entry(path))).bytes;
  const attempt = (bytes: Buffer) => {
    try {
      parseDirObject(bytes);
    } catch (error) {
      assert.ok(error instanceof FetchFailure, String(error));
    }
  };
  for (let at = 0; at < whole.length; at += 1) {
    assert.throws(() => parseDirObject(whole.subarray(0, at)), FetchFailure);
    for (const byte of '"\\{}[],:\0')
      attempt(Buffer.concat([whole.subarray(0, at), Buffer.from(byte), whole.subarray(at + 1)]));
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => attempt(Buffer.from(bytes))));
  attempt(Buffer.from(`${'['.repeat(1_000_000)}`));
});
