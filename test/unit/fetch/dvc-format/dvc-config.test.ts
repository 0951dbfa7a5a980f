/** A repository's `.dvc/config` as data: the forms that DVC's own reader knows, and the remote that a commit means. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDvcConfig } from '../../../../src/fetch/dvc-format/dvc-config.ts';
import type { ExitName } from '../../../../src/fetch/failure/exit-codes.ts';
import { chooseRemote } from '../../../../src/fetch/remote/choose-remote.ts';
import { failure } from '../../../support/fetch/failure.ts';

const rules = { localFolders: false, endpoints: ['https://minio.example.com:9000'] };
const config = (...lines: string[]) => ['[core]', 'remote = x', `['remote "x"']`, ...lines, ''].join('\n');

describe('the section', () => {
  for (const [line, name] of [
    ['[core]', 'core'],
    ['[ Core ]', 'core'],
    ['[core] # a comment', 'core'],
    [`['remote "Main"']`, 'remote "main"'],
    [`[ 'remote "main"' ]#x`, 'remote "main"'],
    ['["a]b"]', 'a]b'],
  ] as const) {
    test(`${line} is called ${name}`, () => assert.deepEqual([...parseDvcConfig(line).keys()], [name]));
  }

  for (const line of ['[core', '[core] x', '[[core]]', `['core`, `['core' x]`, `['core'`, '[']) {
    test(`${line} is none`, () =>
      assert.throws(() => parseDvcConfig(line), failure('dataset', /line 1: the section name/)));
  }
});

describe('the value', () => {
  for (const [written, value] of [
    ['x', 'x'],
    ['x y  ', 'x y'],
    ['x # a comment', 'x'],
    ['x#y', 'x#y'],
    ['# nothing', ''],
    ['"x # y" # z', 'x # y'],
    [`'x "y"'`, 'x "y"'],
    ['"x', '"x'],
  ] as const) {
    test(`${written} is read as ${JSON.stringify(value)}`, () => {
      assert.equal(parseDvcConfig(`[a]\nKey = ${written}`).get('a')?.get('key'), value);
    });
  }
});

test('lines of a megabyte of one character after another are read at once', () => {
  for (const part of [' ', '#', ' #', "'", '[', ' \r#']) {
    const text = part.repeat(1_000_000 / part.length);
    // An expression that tries again from every character would never end here.
    for (const line of [`[${text}x`, `['${text}`, `k = ${text}\rx`, `k = "${text}`]) {
      try {
        assert.ok(parseDvcConfig(`[a]\n${line}`).size > 0);
      } catch (error) {
        assert.ok(failure('dataset', /line 2/)(error), `${line.slice(0, 20)}: ${error}`);
      }
    }
  }
});

test('an S3 remote keeps the keys that say where it is, and only those', () => {
  const text = `[core]
remote = Main # the one
['remote "main"']
url = s3://bucket/a b
region = eu-west-1
secret_access_key = "hush"
endpointurl = "https://minio.example.com:9000/"
SSL_VERIFY = false
`;
  assert.deepEqual(chooseRemote(parseDvcConfig(text), null, rules), {
    name: 'main',
    type: 's3',
    settings: { url: 's3://bucket/a b', region: 'eu-west-1', endpointurl: 'https://minio.example.com:9000/' },
    endpoints: ['https://minio.example.com:9000'],
    ignored: ['secret_access_key', 'ssl_verify'],
  });
});

test('of a thousand keys that are not used twenty are named, and of each no more than its beginning', () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `${i}${'k'.repeat(1000)} = x`);
  const { ignored } = chooseRemote(parseDvcConfig(config('url = s3://bucket', ...keys)), null, rules);
  assert.equal(ignored.length, 21);
  assert.equal(ignored.at(-1), 'and 980 more');
  assert.ok(ignored.every((key) => key.length <= 64));
});

test('of two sections or keys that differ in capitals only the later one counts, as in DVC', () => {
  const text = '[core]\nremote = a\n[Core]\nRemote = b\nremote = c\n[\'remote "c"\']\nurl = s3://bucket\n';
  assert.deepEqual([...(parseDvcConfig(text).get('core') ?? [])], [['remote', 'c']]);
});

describe('a .dvc/config is refused', () => {
  const cases: Record<string, [string, ExitName, RegExp]> = {
    'with no remote': ['[core]\n', 'dataset', /names no default DVC remote/],
    'with a default that is not there': ['[core]\nremote = x\n', 'dataset', /no remote "x"/],
    'with a name without an end': [
      `[core]\nremote = ${'x'.repeat(500_000)}\n`,
      'dataset',
      /a name of 500000 characters/,
    ],
    'with a url without an end': [config(`url = s3://bucket/${'x'.repeat(500_000)}`), 'dataset', /can not be used/],
    'with a type that is not supported': [config('url = gdrive://host/x'), 'dataset', /type gdrive/],
    'with a url with a quote': [config('url = s3://bucket/"x'), 'dataset', /can not be used/],
    'with a url that is interpolated': [config('url = s3://bucket/%(x)s'), 'dataset', /can not be used/],
    'with a url that is two lines to Python': [config('url = s3://bucket/x\u0085y'), 'dataset', /can not be used/],
    'with cloud versioning': [config('url = s3://bucket', 'version_aware = true'), 'dataset', /cloud-versioned/],
    'with a region that is a host': [config('url = s3://bucket', 'region = evil.com/'), 'dataset', /region/],
    "with the node's metadata service": [
      config('url = s3://bucket', 'endpointurl = http://169.254.169.254/'),
      'usage',
      /not allowed/,
    ],
    'with a section that stands there twice': [
      config('url = s3://bucket', `['remote "x"']`, 'region = eu-west-1'),
      'dataset',
      /\.dvc\/config of the commit, line 5: the section \[remote "x"\] stands there twice/,
    ],
    'with a key that stands there twice': [
      config('url = s3://bucket', 'url = s3://other'),
      'dataset',
      /line 5: the key url stands twice in its section/,
    ],
    'with a line that is none': ['[core]\nremote\n', 'dataset', /line 2/],
    'with a value of several lines': ['[core]\nremote = """x\n', 'dataset', /several lines/],
  };
  for (const [what, [text, exit, sentence]] of Object.entries(cases)) {
    test(what, () => {
      assert.throws(() => chooseRemote(parseDvcConfig(text), null, rules), failure(exit, sentence));
    });
  }
});
