/** What a `.dvc` file may say: outputs that DVC itself stored, of every version, each at its path; what can't be fetched has its reason. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDvcFile, readDvcFile } from '../../../../src/fetch/dvc-format/dvc-file.ts';
import { byContent, byText } from '../../../../src/fetch/dvc-format/object-naming.ts';
import { failure } from '../../../support/fetch/failure.ts';

const oid = `${'0'.repeat(32)}.dir`;
const metadata = (more = '') => `outs:\n- md5: ${oid}\n  hash: md5\n  path: data\n${more}`;

test('metadata as DVC writes it is read, with a remote of its own', () => {
  const text = `outs:\n- md5: ${oid}\n  size: 153\n  nfiles: 23\n  hash: md5\n  path: data\n  remote: other\nmeta:\n  owner: us\n`;
  assert.deepEqual(readDvcFile(text, 'ml/data.dvc'), [
    {
      path: 'ml/data',
      source: 'ml/data.dvc',
      oid,
      objectNaming: byContent,
      remote: 'other',
      files: 23,
      bytes: 153,
      pushed: true,
    },
  ]);
});

test("metadata of DVC 2, which names no hash, is read, and its objects are named in DVC 2's way", () => {
  assert.deepEqual(readDvcFile(`outs:\n- md5: ${oid}\n  path: data\n`, 'data.dvc'), [
    {
      path: 'data',
      source: 'data.dvc',
      oid,
      objectNaming: byText,
      remote: null,
      files: null,
      bytes: null,
      pushed: true,
    },
  ]);
});

test('figures that are none are not believed', () => {
  const [output] = readDvcFile(metadata('  nfiles: -1\n  size: 1e300\n'), 'data.dvc');
  assert.ok(output && 'files' in output);
  assert.deepEqual([output.files, output.bytes], [null, null]);
});

describe('an output is at the path that DVC makes of', () => {
  const cases: Record<string, [path: string, wdir: string, source: string, at: string | null]> = {
    'a name': ['data', '', 'data.dvc', 'data'],
    'a name in a folder': ['raw', '', 'ml/data/raw.dvc', 'ml/data/raw'],
    'a name unlike that of its file': ['raw', '', 'ml/anything.dvc', 'ml/raw'],
    'a dot before it': ['./data', '', 'data.dvc', 'data'],
    'a slash behind it': ['data/', '', 'data.dvc', 'data'],
    'a wdir that is where it lies': ['data', '.', 'ml/data.dvc', 'ml/data'],
    'a wdir above it': ['data', '..', 'ml/data.dvc', 'data'],
    'a wdir below it': ['raw', 'data', 'x.dvc', 'data/raw'],
    'a path that leads upwards': ['../data', '', 'meta/data.dvc', 'data'],
    'a path out of the repository: nowhere': ['../../etc', '', 'ml/data.dvc', null],
    'an absolute path: nowhere': ['/etc', '', 'data.dvc', null],
    'an absolute wdir: nowhere': ['data', '/etc', 'data.dvc', null],
    'a URL: nowhere': ['s3://bucket/data', '', 'data.dvc', null],
  };
  for (const [what, [path, wdir, source, at]] of Object.entries(cases)) {
    test(what, () => {
      const text = `${wdir ? `wdir: ${wdir}\n` : ''}outs:\n- md5: ${oid}\n  path: ${path}\n`;
      assert.deepEqual(
        readDvcFile(text, source).map((output) => output.path),
        at === null ? [] : [at],
      );
    });
  }
});

test('all outputs of a file are read, folders and single files', () => {
  const md5 = 'a'.repeat(32);
  const outputs = readDvcFile(`${metadata()}- md5: ${md5}\n  hash: md5\n  path: labels.csv\n`, 'data.dvc');
  assert.deepEqual(
    outputs.map((output) => ['oid' in output && output.oid, output.path]),
    [
      [oid, 'data'],
      [md5, 'labels.csv'],
    ],
  );
});

test('a stage of old versions, with a command and what it needs, has its outputs; one without any has none', () => {
  const stage = `cmd: python prepare.py\ndeps:\n- path: prepare.py\n  md5: ${'b'.repeat(32)}\n`;
  assert.deepEqual(
    readDvcFile(`${stage}${metadata()}`, 'prepare.dvc').map(({ path }) => path),
    ['data'],
  );
  assert.deepEqual(readDvcFile(stage, 'prepare.dvc'), []);
});

test('what import-url brought is at the own remote, as any output is', () => {
  const text = `frozen: true\ndeps:\n- etag: x\n  size: 4\n  path: https://example.com/data\n${metadata()}`;
  const [output] = readDvcFile(text, 'data.dvc');
  assert.ok(output && 'oid' in output && output.oid === oid);
});

describe('an output is not to be had', () => {
  const imported = (url: string, revision = 'a1'.repeat(20), path = 'data/raw') =>
    `frozen: true\ndeps:\n- path: ${path}\n  repo:\n    url: ${url}\n    rev_lock: ${revision}\n${metadata()}`;
  const cases: Record<string, [string, RegExp]> = {
    'of an import, and the annotations for the original are told': [
      imported('https://git.example.com/other'),
      /write dvc\.io\/dataset: https:\/\/git\.example\.com\/other@(?:a1){20}:\* and dvc\.io\/data-dir: data\/raw$/,
    ],
    'of an import from a URL with a password, which is not repeated': [
      imported('https://ci:secret@git.example.com/other'),
      /^is imported from another repository \(dvc import\), [^@]*$/,
    ],
    'of an import from a folder': [imported('/srv/other'), /\(dvc import\)/],
    'of an import without a commit': [imported('https://git.example.com/other', 'main'), /\(dvc import\)/],
    'of an import of a path out of its repository': [
      imported('https://git.example.com/o', 'a1'.repeat(20), '../x'),
      /\(dvc import\)/,
    ],
    'with an md5 that is a path': ['outs:\n- md5: ../../x.dir\n  path: data\n', /md5 that is none/],
    'with no md5': ['outs:\n- path: data\n', /has no md5/],
    'with another hash': [`outs:\n- md5: ${oid}\n  hash: sha256\n  path: data\n`, /another hash/],
    'of a cloud-versioned remote': [metadata('  files:\n  - relpath: a\n'), /cloud-versioned/],
    'that DVC does not keep': [metadata('  cache: false\n'), /cache: false/],
    'with a segment of git': [`outs:\n- md5: ${oid}\n  path: .git/hooks\n`, /segment named \.git/],
    'with a line break in its name': [`outs:\n- md5: ${oid}\n  path: "a\\nb"\n`, /control character/],
  };
  for (const [what, [text, why]] of Object.entries(cases)) {
    test(what, () => {
      const [output] = readDvcFile(text, 'data.dvc');
      assert.ok(output && 'why' in output);
      assert.match(output.why, why);
    });
  }
});

test('only what is never in the cache is left out by DVC itself', () => {
  const leftOut = (text: string) => readDvcFile(text, 'data.dvc').map((output) => 'why' in output && output.leftOut);
  assert.deepEqual(leftOut(metadata('  cache: false\n')), [true]);
  assert.deepEqual(leftOut(metadata('  files:\n  - relpath: a\n')), [false]);
});

test('what dvc push leaves out by itself may be at the remote all the same', () => {
  const [output] = readDvcFile(metadata('  push: false\n'), 'data.dvc');
  assert.ok(output && 'oid' in output && !output.pushed);
});

describe('a file is no metadata', () => {
  const cases: Record<string, [string, RegExp]> = {
    'with aliases': [`a: &a [x, x]\n${metadata('  x: *a\n')}`, /YAML/],
    'that is no YAML': ['outs: [', /YAML/],
    'that is a number': ['42', /no DVC metadata/],
    'with outputs that are none': ['outs: data\n', /no DVC metadata/],
    'with a path that is none': ['outs:\n- path: 3\n', /no DVC metadata/],
  };
  for (const [what, [text, sentence]] of Object.entries(cases)) {
    test(what, () => assert.throws(() => readDvcFile(text, 'data.dvc'), failure('dataset', sentence)));
  }
});

test('metadata files are known by their names', () => {
  assert.deepEqual(
    ['data.dvc', 'a/b/x.csv.dvc', 'Dvcfile', 'a/Dvcfile', '.dvc', 'a/.dvc', 'dvc.lock', 'x.dvc/y', 'dvcfile'].filter(
      isDvcFile,
    ),
    ['data.dvc', 'a/b/x.csv.dvc', 'Dvcfile', 'a/Dvcfile'],
  );
});
