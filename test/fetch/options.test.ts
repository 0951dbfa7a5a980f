/** Flags and their environment twins. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { datasetKey } from '../../src/dataset/key.ts';
import type { ExitName } from '../../src/fetch/failure/exit-codes.ts';
import { FetchFailure } from '../../src/fetch/failure/fetch-failure.ts';
import { fetchOptions, fetchUsage, readOptions } from '../../src/fetch/options.ts';
import { redactor } from '../../src/fetch/report/redact.ts';

const dataset = `https://git.example.com/ml/images@${'a'.repeat(40)}:train`;

function fails(exit: ExitName, sentence: RegExp) {
  return (error: unknown) => error instanceof FetchFailure && error.exit === exit && sentence.test(error.message);
}

test('every flag has an environment twin, a meaning and a line in the usage', () => {
  for (const [name, { env, meaning }] of Object.entries(fetchOptions)) {
    assert.equal(env, `DVC_INJECTOR_${name.toUpperCase().replaceAll('-', '_')}`);
    assert.ok(meaning.length > 10);
    assert.ok(fetchUsage().includes(`--${name}`));
  }
});

test('flags win over the environment, the environment over the defaults, and of a repeated flag the last counts', () => {
  const environment = {
    DVC_INJECTOR_DATASET: dataset,
    DVC_INJECTOR_VOLUME: '/data',
    DVC_INJECTOR_JOBS: '',
    DVC_INJECTOR_VERIFY: 'true',
  };
  const options = readOptions(['--volume', '/a', '--volume=/b'], environment);
  assert.equal(options.volume, '/b');
  assert.equal(readOptions([], environment).volume, '/data');
  assert.equal(readOptions([], { DVC_INJECTOR_DATASET: dataset }).volume, '/mnt');
  assert.equal(options.jobs, 64);
  assert.equal(options.scratch, tmpdir());
  assert.equal(options.verify, true);
  assert.equal(readOptions(['--no-verify'], environment).verify, false);
  assert.equal(options.waitSeconds, 6 * 3600);
  assert.equal(options.key, datasetKey(options.reference, options.directories));
});

test('a value that can not be used is refused with its flag and its twin', () => {
  const read =
    (...args: string[]) =>
    () =>
      readOptions(['--dataset', dataset, ...args], {});
  assert.throws(read('--jobs', '0'), fails('usage', /--jobs \(DVC_INJECTOR_JOBS\) must be/));
  assert.throws(read('--wait-timeout', 'soon'), fails('usage', /--wait-timeout/));
  assert.throws(read('--allow-scheme', 'file,ext'), fails('usage', /--allow-scheme/));
  assert.throws(read('--remote', 'a"b'), fails('usage', /--remote \(DVC_INJECTOR_REMOTE\) must be the name of/));
  assert.throws(read('--fallback-remote', '/mnt/nas'), fails('usage', /--fallback-remote .*must be the url of/));
  assert.throws(read('--fallback-region', 'eu'), fails('usage', /--fallback-remote .*must be the url of/));
  assert.throws(read('--fallback-remote', 's3://abc', '--fallback-region', 'a b'), fails('usage', /--fallback-region/));
  assert.throws(
    read('--fallback-remote', 's3://abc', '--fallback-endpoint', 'https://a/b'),
    fails('usage', /--fallback-endpoint .*must be an origin/),
  );
  assert.throws(read('--verify=true'), fails('usage', /verify/));
  assert.throws(read('positional'), fails('usage', /positional/i));
  assert.throws(read('--data-dir', '../up'), fails('usage', /data directory/));
  assert.throws(() => readOptions([], {}), fails('usage', /empty/));
  assert.throws(
    () => readOptions([], { DVC_INJECTOR_DATASET: dataset, DVC_INJECTOR_VERIFY: 'maybe' }),
    fails('usage', /--verify/),
  );
});

test('the key that the webhook injected must be the computed one', () => {
  const { key } = readOptions(['--dataset', dataset], {});
  readOptions(['--dataset', dataset], { DVC_INJECTOR_KEY: key });
  assert.throws(
    () => readOptions(['--dataset', dataset], { DVC_INJECTOR_KEY: '0'.repeat(32) }),
    fails('configuration', /different versions/),
  );
});

test('secrets of the environment and logins in URLs are never printed', () => {
  const environment = {
    AWS_SECRET_ACCESS_KEY: 'abcdef/secret',
    AWS_SESSION_TOKEN: 'token+token',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token',
  };
  const redact = redactor(environment, ['a git password']);
  const text = redact(
    'abcdef/secret token+token a git password https://me:pw@host/x proxy http://u:p@proxy:1 /var/run/token',
  );
  assert.equal(
    text,
    '[redacted] [redacted] [redacted] https://[redacted]@host/x proxy http://[redacted]@proxy:1 /var/run/token',
  );
});
