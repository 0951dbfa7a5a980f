/** The hashes that name objects, against the code of DVC that computes them: for DVC 3's data and for DVC 2's. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { execa } from 'execa';
import fc from 'fast-check';
import { provideDvc } from '../../provision/dvc.ts';
import { byContent, byText, type ObjectNaming } from '../../src/fetch/dvc-format/object-naming.ts';
import { hashOf } from '../../src/fetch/objects/hash.ts';

const mebibyte = 2 ** 20;
const text = (length: number) => 'x'.repeat(length);

const inputs: Record<string, Buffer> = Object.fromEntries(
  Object.entries<string | Buffer>({
    nothing: '',
    'a line of Windows': 'a\r\nb\r\n',
    'CR alone, LF alone, CR CR LF': 'a\rb\nc\r\r\nd\r',
    'NUL as the 512th byte': Buffer.concat([Buffer.from(`${text(509)}\r\n`), Buffer.from([0, 13, 10])]),
    'NUL as the 513th byte': Buffer.concat([Buffer.from(`${text(510)}\r\n`), Buffer.from([0, 13, 10])]),
    'three tenths beyond ASCII': Buffer.from(`${'\xe9'.repeat(30)}${text(68)}\r\n`, 'latin1'),
    'more than three tenths': Buffer.from(`${'\xe9'.repeat(31)}${text(67)}\r\n`, 'latin1'),
    'control characters': Buffer.from([...Array(32).keys()].slice(1)),
    'CRLF across the border of a piece': `${text(mebibyte - 1)}\r\n${text(10)}\r\n`,
    'CR at the end of a piece, and nothing after it': `${text(mebibyte - 1)}\r`,
    'a piece of text and one of bytes': Buffer.concat([
      Buffer.from('a\r\n'.repeat(mebibyte / 2)),
      Buffer.alloc(600, 0),
    ]),
    'bytes first and text later': Buffer.concat([Buffer.alloc(mebibyte, 0), Buffer.from('a\r\nb\r\n')]),
    'exactly one piece': 'ab\r\n'.repeat(mebibyte / 4),
  }).map(([name, content]) => [name, Buffer.from(content as string)]),
);

let expected: Record<'md5' | 'md5-dos2unix', Record<string, string>>;
before(async () => {
  const { bin } = await provideDvc();
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-naming-'));
  try {
    const names = Object.keys(inputs);
    for (const [index, name] of names.entries()) writeFileSync(join(folder, String(index)), inputs[name] ?? '');
    const program = [
      'import json, sys',
      'from dvc_data.hashfile.hash import hash_file',
      'from dvc_objects.fs.local import LocalFileSystem',
      'fs = LocalFileSystem()',
      'folder, count = sys.argv[1], int(sys.argv[2])',
      'oid = lambda index, name: hash_file(f"{folder}/{index}", fs, name)[1].value',
      'print(json.dumps({name: [oid(i, name) for i in range(count)] for name in ("md5", "md5-dos2unix")}))',
    ].join('\n');
    const { stdout } = await execa(join(bin, 'python'), ['-c', program, folder, String(names.length)]);
    const oids = JSON.parse(stdout) as Record<'md5' | 'md5-dos2unix', string[]>;
    const named = (list: readonly string[]) => Object.fromEntries(names.map((name, i) => [name, list[i] ?? '']));
    expected = { md5: named(oids.md5), 'md5-dos2unix': named(oids['md5-dos2unix']) };
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const naming of [byContent, byText]) {
  for (const [name, bytes] of Object.entries(inputs)) {
    test(`${naming.hash} of ${name} is DVC's own`, () => {
      assert.equal(hashOf(bytes, naming), expected[naming.hash][name]);
    });
  }
}

test('how the bytes are cut makes no difference', () => {
  const inPieces = (naming: ObjectNaming, bytes: Buffer, sizes: readonly number[]) => {
    const digest = naming.digest();
    const buffer = Buffer.alloc(Math.max(1, ...sizes)); // the same one again, as a reader of files has it
    let at = 0;
    for (let turn = 0; at < bytes.length; turn += 1) {
      const size = Math.min(sizes[turn % sizes.length] ?? 1, bytes.length - at);
      bytes.copy(buffer, 0, at, at + size);
      digest.update(buffer.subarray(0, size));
      at += size;
    }
    return digest.hex();
  };
  const sizes = fc.array(fc.integer({ min: 700, max: 2 * mebibyte }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(inputs)), sizes, (bytes, cuts) => {
      for (const naming of [byContent, byText]) assert.equal(inPieces(naming, bytes, cuts), hashOf(bytes, naming));
    }),
    { numRuns: 50 },
  );
});
