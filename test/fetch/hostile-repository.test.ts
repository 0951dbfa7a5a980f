/** Repositories whose owner means harm: refused with a reason, and nothing of theirs runs, is read or is written. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseDvcConfig } from '../../src/fetch/dvc-config.ts';
import { endpointProblem } from '../../src/fetch/endpoints.ts';
import type { ExitName } from '../../src/fetch/exit-codes.ts';
import { FetchFailure } from '../../src/fetch/failure.ts';
import { readMetadata } from '../../src/fetch/metadata.ts';
import { chooseRemote } from '../../src/fetch/remote.ts';
import { storeObject } from '../support/dataset/objects.ts';
import { makeRawRepository, type RawFile } from '../support/dataset/raw-repository.ts';
import { leftovers, makePlace, publishedFolder } from './support/fetcher.ts';

const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-hostile-'));
const remoteFolder = join(folder, 'remote');
after(() => rmSync(folder, { recursive: true, force: true }));

const localConfig = `[core]\n    remote = origin\n['remote "origin"']\n    url = ${remoteFolder}\n`;
const metadata = (oid: string, more = '') => `outs:\n- md5: ${oid}\n  hash: md5\n  path: data\n${more}`;

function dirObject(...relpaths: string[]): string {
  const md5 = storeObject(remoteFolder, 'harmless');
  return storeObject(remoteFolder, JSON.stringify(relpaths.map((relpath) => ({ md5, relpath }))), '.dir');
}

async function fetchRaw(files: Readonly<Record<string, RawFile>>, split = '*', flags: string[] = []) {
  await using repository = await makeRawRepository({ files });
  await using place = await makePlace();
  const outcome = await place.fetch(`${repository.url}@${repository.sha}:${split}`, { flags });
  return {
    ...outcome,
    published: publishedFolder(place.volume) !== undefined,
    left: leftovers(place),
    beside: readdirSync(join(place.volume, '..')),
  };
}

async function refusesRaw(
  files: Readonly<Record<string, RawFile>>,
  exitCode: number,
  sentence: RegExp,
  split?: string,
  flags?: string[],
) {
  const outcome = await fetchRaw(files, split, flags);
  assert.equal(outcome.exitCode, exitCode, outcome.output);
  assert.match(outcome.terminationMessage, sentence);
  assert.equal(outcome.published, false);
  assert.deepEqual(outcome.left, []);
  return outcome;
}

test('a raw repository with a harmless .dir is fetched, so that the refusals below mean something', async () => {
  const files = { 'data.dvc': metadata(dirObject('a', 'b/c')), '.dvc/config': localConfig };
  const { exitCode, published, output } = await fetchRaw(files);
  assert.equal(exitCode, 0, output);
  assert.ok(published);
});

test('a .dir that would write beside the tree', async () => {
  const { beside } = await refusesRaw(
    { 'data.dvc': metadata(dirObject('../../../../escaped')), '.dvc/config': localConfig },
    65,
    /"\.\." segment/,
  );
  assert.ok(!beside.includes('escaped'));
});

test('symlinks in the place of the metadata, the list and a folder above it are not followed', async () => {
  const good = metadata(dirObject('a'));
  await refusesRaw(
    { 'data.dvc': { symlink: '/etc/passwd' }, '.dvc/config': localConfig },
    65,
    /data\.dvc .* is a symlink/,
  );
  const list = {
    'data.dvc': good,
    '.dvc/config': localConfig,
    'data-split/train': { symlink: '../secret' },
    secret: 'a\n',
  };
  await refusesRaw(list, 65, /data-split\/train .* is a symlink/, 'train');
  const above = {
    'data.dvc': good,
    '.dvc/config': localConfig,
    'data-split': { symlink: 'elsewhere' },
    'elsewhere/train': 'a\n',
  };
  await refusesRaw(above, 66, /has no list/, 'train');
});

test('an executable list is a list', async () => {
  const files = {
    'data.dvc': metadata(dirObject('a')),
    '.dvc/config': localConfig,
    'data-split/train': { executable: 'a\n' },
  };
  assert.equal((await fetchRaw(files, 'train')).exitCode, 0);
});

test("a configuration that names a command to run runs nothing: its credentials file and the user's are not read", async () => {
  const canary = join(folder, 'canary');
  const evil = join(folder, 'evil-aws-config');
  writeFileSync(evil, `[default]\ncredential_process = touch ${canary}\n`);
  const config = `[core]\n    remote = origin\n['remote "origin"']\n    url = s3://bucket/x\n    endpointurl = http://127.0.0.1:1\n    configpath = ${evil}\n    credentialpath = ${evil}\n    profile = default\n`;
  const files = { 'data.dvc': metadata(`${'0'.repeat(32)}.dir`), '.dvc/config': config };
  const { exitCode, log, output } = await fetchRaw(files, '*', ['--allow-endpoint', '127.0.0.1:1']);
  assert.ok([69, 77].includes(exitCode ?? 0), output);
  assert.ok(log.some(({ keys }) => Array.isArray(keys) && keys.includes('configpath')));
  assert.ok(!existsSync(canary));
});

test('a local-folder remote is refused where file is not allowed', () => {
  assert.throws(
    () => chooseRemote(parseDvcConfig(localConfig), null, { localFolders: false, endpoints: [] }),
    fails('usage', /only --allow-scheme file/),
  );
});

test('a sentence for people holds no control characters of the repository', async () => {
  const list = {
    'data.dvc': metadata(dirObject('a')),
    '.dvc/config': localConfig,
    'data-split/train': '\u001b[2J\u0007evil\n',
  };
  const { output, terminationMessage } = await refusesRaw(list, 65, /line 1/, 'train');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there
  assert.doesNotMatch(output + terminationMessage, /[\u0000-\u0009\u000b-\u001f\u007f]/);
});

function fails(exit: ExitName, sentence: RegExp) {
  return (error: unknown) => error instanceof FetchFailure && error.exit === exit && sentence.test(error.message);
}

const oid = `${'0'.repeat(32)}.dir`;
const badMetadata: Record<string, [string, RegExp]> = {
  'two outputs': [`${metadata(oid)}- md5: ${oid}\n  hash: md5\n  path: other\n`, /exactly one output and has 2/],
  'no output': ['outs: []\n', /exactly one output and has 0/],
  'an import': [`deps:\n- path: x\n${metadata(oid)}`, /import/],
  'a wdir': [`wdir: ..\n${metadata(oid)}`, /wdir/],
  'another folder': [`outs:\n- md5: ${oid}\n  hash: md5\n  path: ../../etc\n`, /tracks "\.\.\/\.\.\/etc"/],
  'a single file': [`outs:\n- md5: ${'a'.repeat(32)}\n  hash: md5\n  path: data\n`, /single file/],
  'an md5 that is a path': ['outs:\n- md5: ../../x.dir\n  hash: md5\n  path: data\n', /md5 that is none/],
  'the hashes of DVC 2': [`outs:\n- md5: ${oid}\n  path: data\n`, /DVC 2/],
  'another hash': [`outs:\n- md5: ${oid}\n  hash: sha256\n  path: data\n`, /another hash/],
  'files of a cloud-versioned remote': [metadata(oid, '  files:\n  - relpath: a\n'), /cloud-versioned/],
  'data that is never pushed': [metadata(oid, '  push: false\n'), /out of the remote/],
  'an alias bomb': [
    `a: &a [x, x, x]\nb: &b [*a, *a, *a]\n${metadata(oid, '').replace('path: data', 'path: data\n  x: *b')}`,
    /YAML/,
  ],
  'deep nesting': [`outs: ${'['.repeat(100_000)}`, /YAML|exactly one output|no DVC metadata/],
  'no YAML': ['outs: [', /YAML/],
  'a number': ['42', /no DVC metadata/],
};
for (const [what, [text, sentence]] of Object.entries(badMetadata)) {
  test(`metadata with ${what} is refused`, () =>
    assert.throws(() => readMetadata(text, 'data'), fails('dataset', sentence)));
}

test('metadata as DVC writes it is read, with a remote of its own', () => {
  const text = `outs:\n- md5: ${oid}\n  size: 153\n  nfiles: 23\n  hash: md5\n  path: data\n  remote: other\nmeta:\n  owner: us\n`;
  assert.deepEqual(readMetadata(text, 'ml/data'), { oid, remote: 'other', files: 23, bytes: 153 });
});

const rules = { localFolders: false, endpoints: ['https://minio.example.com:9000'] };
const s3Config = (lines: string) =>
  parseDvcConfig(`[core]\nremote = Main # the one\n['remote "main"']\nurl = s3://bucket/a b\n${lines}`);

test('an S3 remote keeps the keys that say where it is, and only those', () => {
  const config = s3Config(
    'region = eu-west-1\nsecret_access_key = "hush"\nendpointurl = "https://minio.example.com:9000/"\nSSL_VERIFY = false\n',
  );
  assert.deepEqual(chooseRemote(config, null, rules), {
    name: 'main',
    type: 's3',
    settings: { url: 's3://bucket/a b', region: 'eu-west-1', endpointurl: 'https://minio.example.com:9000/' },
    ignored: ['secret_access_key', 'ssl_verify'],
  });
});

const badRemotes: Record<string, [string, ExitName, RegExp]> = {
  'no remote': ['[core]\n', 'dataset', /names no default DVC remote/],
  'a default that is not there': ['[core]\nremote = x\n', 'dataset', /no remote "x"/],
  'a type that is not supported': [
    '[core]\nremote = x\n[\'remote "x"\']\nurl = gdrive://host/x\n',
    'dataset',
    /type gdrive/,
  ],
  'a url with a quote': ['[core]\nremote = x\n[\'remote "x"\']\nurl = s3://bucket/"x\n', 'dataset', /can not be used/],
  'a url that is interpolated': [
    '[core]\nremote = x\n[\'remote "x"\']\nurl = s3://bucket/%(x)s\n',
    'dataset',
    /can not be used/,
  ],
  'cloud versioning': [
    '[core]\nremote = x\n[\'remote "x"\']\nurl = s3://bucket\nversion_aware = true\n',
    'dataset',
    /cloud-versioned/,
  ],
  'a region that is a host': [
    '[core]\nremote = x\n[\'remote "x"\']\nurl = s3://bucket\nregion = evil.com/\n',
    'dataset',
    /region/,
  ],
  "the node's metadata service": [
    '[core]\nremote = x\n[\'remote "x"\']\nurl = s3://bucket\nendpointurl = http://169.254.169.254/\n',
    'usage',
    /not allowed/,
  ],
  'a line that is none': ['[core]\nremote\n', 'dataset', /line 2/],
  'a value of several lines': ['[core]\nremote = """x\n', 'dataset', /several lines/],
};
for (const [what, [text, exit, sentence]] of Object.entries(badRemotes)) {
  test(`a .dvc/config with ${what} is refused`, () =>
    assert.throws(() => chooseRemote(parseDvcConfig(text), null, rules), fails(exit, sentence)));
}

test("endpoints: the cloud's own over https, and what the admin listed", () => {
  const allowed = ['https://minio.example.com:9000', 'store.internal', 'http://127.0.0.1:9000', 'ceph.internal:7480'];
  const good = [
    'https://s3.eu-west-1.amazonaws.com',
    'https://s3.cn-north-1.amazonaws.com.cn',
    'https://minio.example.com:9000/',
    'http://store.internal',
    'https://store.internal:1',
    'http://127.0.0.1:9000',
    'http://ceph.internal:7480',
  ];
  const bad = [
    'http://s3.amazonaws.com',
    'https://amazonaws.com.evil.com',
    'https://evilamazonaws.com',
    'https://minio.example.com',
    'http://minio.example.com:9000',
    'http://169.254.169.254',
    'http://[fd00:ec2::254]',
    'http://localhost',
    'http://127.0.0.1:9001',
    'https://user:pw@s3.amazonaws.com',
    'ftp://store.internal',
    'file:///etc/passwd',
    'nonsense',
    'http://ceph.internal',
  ];
  for (const endpoint of good) assert.equal(endpointProblem(endpoint, allowed), null, endpoint);
  for (const endpoint of bad) assert.notEqual(endpointProblem(endpoint, allowed), null, endpoint);
});
