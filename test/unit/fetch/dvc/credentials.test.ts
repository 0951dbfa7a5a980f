/** The Secret of a remote as DVC gets it: what stands in its `config.local`, in which quotes, and who may read it. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remoteCredentials } from '../../../../src/fetch/dvc/credentials.ts';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import type { Remote } from '../../../../src/fetch/remote/choose-remote.ts';

let home: string;
before(() => {
  home = mkdtempSync(join(tmpdir(), 'dvc-injector-home-'));
});
after(() => rmSync(home, { recursive: true, force: true }));

const endpoints = ['https://mirror.example.com'];

function credentialsOf(type: Remote['type'], environment: NodeJS.ProcessEnv, settings: Record<string, string> = {}) {
  const remote: Remote = {
    name: 'data',
    type,
    settings: { url: `${type}://host/x`, ...settings },
    endpoints,
    ignored: [],
  };
  const own = mkdtempSync(join(home, 'fetch-'));
  return remoteCredentials(remote, environment, { home: own, temporary: own, emptyFile: join(own, 'empty') });
}

function config(...lines: string[]): string {
  return [`['remote "origin"']`, ...lines.map((line) => `    ${line}`), ''].join('\n');
}

/** What Python is made to run before DVC so that it checks more than by itself. */
function guardOf(env: Record<string, string>): string {
  return readFileSync(guardFile(env), 'utf8');
}

function guardFile(env: Record<string, string>): string {
  return join(env.PYTHONPATH ?? '', 'dvc_injector_guard.py');
}

/** A folder for Python's start, in which nothing guards DVC, and no other variable. */
function assertUnguarded(env: Record<string, string>): void {
  assert.deepEqual(Object.keys(env), ['PYTHONPATH']);
  assert.ok(existsSync(join(env.PYTHONPATH ?? '', 'sitecustomize.py')));
  assert.equal(existsSync(guardFile(env)), false);
}

const login = { username: 'robot', password: 'a password\n' };

describe('a web server', () => {
  test('gets user and password only where both are given, and no empty ones', async () => {
    const { localConfig, headers, secrets } = await credentialsOf('https', login);
    assert.equal(localConfig, config('auth = "basic"', 'user = "robot"', 'password = "a password"'));
    assert.deepEqual(headers, { authorization: `Basic ${Buffer.from('robot:a password').toString('base64')}` });
    assert.deepEqual(secrets, ['a password']);
    for (const given of [{}, { username: 'robot' }, { password: 'x' }, { username: '', password: '' }]) {
      assert.equal((await credentialsOf('https', given)).localConfig, null);
    }
  });

  test('gets a token as a bearer’s, or in its own header', async () => {
    const { localConfig, headers } = await credentialsOf('http', { ...login, token: 't' });
    assert.equal(
      localConfig,
      config('auth = "custom"', 'custom_auth_header = "Authorization"', 'password = "Bearer t"'),
    );
    assert.deepEqual(headers, { Authorization: 'Bearer t' });
    const own = await credentialsOf('http', { token: 't' }, { custom_auth_header: 'X-Key' });
    assert.equal(own.localConfig, config('auth = "custom"', 'password = "t"'));
    assert.deepEqual(own.headers, { 'X-Key': 't' });
  });
});

test('WebDAV and WebHDFS get the keys that DVC has for them', async () => {
  assert.equal(
    (await credentialsOf('webdavs', login)).localConfig,
    config('user = "robot"', 'password = "a password"'),
  );
  assert.equal((await credentialsOf('webdav', { token: 't' })).localConfig, config('token = "t"'));
  assert.equal((await credentialsOf('webhdfs', { username: 'robot' })).localConfig, config('user = "robot"'));
  assert.equal((await credentialsOf('webhdfs', { ...login, token: 't' })).localConfig, config('token = "t"'));
});

test('quotes are those that the value does not hold', async () => {
  const passwords: [password: string, quoted: string][] = [
    [`it's`, `"it's"`],
    ['say "x"', `'say "x"'`],
    [`it's "x" y`, `"""it's "x" y"""`],
    [`it's "x"`, `'''it's "x"'''`],
    ['100% #1, $HOME', '"100% #1, $HOME"'],
  ];
  for (const [password, quoted] of passwords) {
    const { localConfig } = await credentialsOf('https', { username: 'robot', password });
    assert.match(localConfig ?? '', new RegExp(`^    password = ${quoted.replace(/[$"']/g, '\\$&')}$`, 'm'));
  }
});

test('a password that DVC’s configuration has no form for ends with 78, and is not repeated', async () => {
  // What Python takes for the end of a line is one in DVC's configuration.
  const lines = ['\n', '\u000b', '\u000c', '\u001c', '\u0085', '\u2028', '\u2029'].map((end) => `hunter${end}two`);
  for (const password of ['hunter%(two)s', '\'hunter"two"', 'hunter\u0000two', ...lines]) {
    await assert.rejects(
      credentialsOf('https', { username: 'robot', password }),
      (error) => error instanceof FetchFailure && error.exit === 'configuration' && !error.message.includes('hunter'),
      password,
    );
  }
});

test('Google’s key becomes a file that nobody else may read, and its private part is never printed', async () => {
  const key = JSON.stringify({ type: 'service_account', private_key: 'the private part' });
  const { env, secrets } = await credentialsOf('gs', { GOOGLE_APPLICATION_CREDENTIALS_DATA: key });
  const file = env.GOOGLE_APPLICATION_CREDENTIALS ?? '';
  assert.equal(readFileSync(file, 'utf8'), key);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(secrets, [key, 'the private part']);
  await assert.rejects(
    credentialsOf('gs', { GOOGLE_APPLICATION_CREDENTIALS_DATA: '/a/path' }),
    (error) => error instanceof FetchFailure && error.exit === 'configuration' && /whole key file/.test(error.message),
  );
});

test('S3 gets its own variables as environment, and follows no redirect', async () => {
  const aws = { AWS_ACCESS_KEY_ID: 'id', AWS_REGION: 'eu-central-1' };
  const { env, ...others } = await credentialsOf('s3', { ...login, token: 't', ...aws, AZURE_CLIENT_ID: 'id' });
  assert.deepEqual(others, { localConfig: null, headers: {}, secrets: [] });
  assert.deepEqual(env, { ...aws, PYTHONPATH: env.PYTHONPATH });
  assert.match(guardOf(env), /"allow_redirects"\] = False/);
});

test('Google’s own store is left to follow what Google says, and one that calls itself so is not', async () => {
  assertUnguarded((await credentialsOf('gs', {})).env);
  const { env } = await credentialsOf('gs', {}, { endpointurl: 'https://storage.example.com' });
  assert.match(guardOf(env), /"allow_redirects"\] = False/);
});

test('a web server’s client gets the servers that it may ask: its own, and the listed ones by the same rule as remotes', async () => {
  for (const [type, own] of [
    ['https', { scheme: 'https', host: 'host', port: 443 }],
    ['webdav', { scheme: 'http', host: 'host', port: 80 }],
    ['webhdfs', { scheme: 'http', host: 'host', port: 50070 }],
  ] as const) {
    const { env } = await credentialsOf(type, login);
    const servers = JSON.parse(readFileSync(join(env.PYTHONPATH ?? '', 'servers.json'), 'utf8'));
    assert.deepEqual(servers, { own, listed: [{ scheme: 'https', host: 'mirror.example.com', port: 443 }] });
    assert.match(guardOf(env), /^from dvc_injector_bounds import bound$/m);
    assert.match(readFileSync(join(env.PYTHONPATH ?? '', 'dvc_injector_bounds.py'), 'utf8'), /^def bound\(/m);
  }
});

test('a remote that needs nothing of ours gets nothing but the start that all have', async () => {
  for (const type of ['azure', 'local'] as const) {
    const { env, localConfig, headers, secrets } = await credentialsOf(type, { ...login, token: 't' });
    assertUnguarded(env);
    assert.deepEqual({ localConfig, headers, secrets }, { localConfig: null, headers: {}, secrets: [] });
  }
});
