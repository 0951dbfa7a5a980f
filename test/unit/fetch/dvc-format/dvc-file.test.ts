/** What `data.dvc` may say: one folder that DVC itself stored, of either version; anything else is refused with a reason. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMetadata } from '../../../../src/fetch/dvc-format/dvc-file.ts';
import { byContent, byText } from '../../../../src/fetch/dvc-format/object-naming.ts';
import { failure } from '../../../support/fetch/failure.ts';

const oid = `${'0'.repeat(32)}.dir`;
const metadata = (more = '') => `outs:\n- md5: ${oid}\n  hash: md5\n  path: data\n${more}`;

test('metadata as DVC writes it is read, with a remote of its own', () => {
  const text = `outs:\n- md5: ${oid}\n  size: 153\n  nfiles: 23\n  hash: md5\n  path: data\n  remote: other\nmeta:\n  owner: us\n`;
  assert.deepEqual(readMetadata(text, 'ml/data'), {
    oid,
    objectNaming: byContent,
    remote: 'other',
    files: 23,
    bytes: 153,
  });
});

test("metadata of DVC 2, which names no hash, is read, and its objects are named in DVC 2's way", () => {
  assert.deepEqual(readMetadata(`outs:\n- md5: ${oid}\n  path: data\n`, 'data'), {
    oid,
    objectNaming: byText,
    remote: null,
    files: null,
    bytes: null,
  });
});

test('figures that are none are not believed', () => {
  const { files, bytes } = readMetadata(metadata('  nfiles: -1\n  size: 1e300\n'), 'data');
  assert.deepEqual([files, bytes], [null, null]);
});

describe('metadata is refused', () => {
  const cases: Record<string, [string, RegExp]> = {
    'with two outputs': [`${metadata()}- md5: ${oid}\n  hash: md5\n  path: other\n`, /exactly one output and has 2/],
    'with no output': ['outs: []\n', /exactly one output and has 0/],
    'of an import': [`deps:\n- path: x\n${metadata()}`, /import/],
    'with a wdir': [`wdir: ..\n${metadata()}`, /wdir/],
    'of another folder': [`outs:\n- md5: ${oid}\n  hash: md5\n  path: ../../etc\n`, /tracks "\.\.\/\.\.\/etc"/],
    'of another folder, with a name without an end': [
      `outs:\n- md5: ${oid}\n  path: ${'x'.repeat(500_000)}\n`,
      /tracks "x{200}"/,
    ],
    'of a single file': [`outs:\n- md5: ${'a'.repeat(32)}\n  hash: md5\n  path: data\n`, /single file/],
    'with an md5 that is a path': ['outs:\n- md5: ../../x.dir\n  hash: md5\n  path: data\n', /md5 that is none/],
    'with another hash': [`outs:\n- md5: ${oid}\n  hash: sha256\n  path: data\n`, /another hash/],
    'of a cloud-versioned remote': [metadata('  files:\n  - relpath: a\n'), /cloud-versioned/],
    'of data that is never pushed': [metadata('  push: false\n'), /out of the remote/],
    'with aliases': [`a: &a [x, x]\n${metadata('  x: *a\n')}`, /YAML/],
    'that is no YAML': ['outs: [', /YAML/],
    'that is a number': ['42', /no DVC metadata/],
  };
  for (const [what, [text, sentence]] of Object.entries(cases)) {
    test(what, () => assert.throws(() => readMetadata(text, 'data'), failure('dataset', sentence)));
  }
});
