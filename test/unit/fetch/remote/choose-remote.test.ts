/** What a repository may say of its DVC remote, per type: which keys are taken, and which servers it may name. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDvcConfig } from '../../../../src/fetch/dvc-format/dvc-config.ts';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { chooseRemote } from '../../../../src/fetch/remote/choose-remote.ts';
import { remoteTypes } from '../../../../src/fetch/remote/types.ts';

type Settings = Readonly<Record<string, string>>;

function choose(settings: Settings, endpoints: readonly string[] = [], localFolders = false) {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  const text = ['[core]', 'remote = data', `['remote "data"']`, ...lines, ''].join('\n');
  return chooseRemote(parseDvcConfig(text), null, { localFolders, endpoints });
}

function refuses(settings: Settings, exit: string, sentence: RegExp, endpoints: readonly string[] = []): void {
  assert.throws(
    () => choose(settings, endpoints),
    (error) => error instanceof FetchFailure && error.exit === exit && sentence.test(error.message),
    JSON.stringify(settings),
  );
}

describe('the keys of a remote', () => {
  // Each key of DVC's own schema (dvc/config_schema.py, 3.67) that runs something, reads a file, holds a secret,
  // switches a check off or leads elsewhere.
  const harmful: [Settings, string[], (readonly string[])?][] = [
    [{ url: 's3://bucket/x' }, ['configpath', 'credentialpath', 'profile', 'access_key_id', 'secret_access_key']],
    [{ url: 's3://bucket/x' }, ['session_token', 'ssl_verify', 'sse_customer_key', 'grant_read', 'acl']],
    [
      { url: 'ssh://host/x' },
      ['keyfile', 'password', 'ask_password', 'passphrase', 'ask_passphrase', 'gss_auth', 'allow_agent'],
      ['host'],
    ],
    [{ url: 'https://host/x' }, ['auth', 'user', 'password', 'ask_password', 'ssl_verify', 'method'], ['host']],
    [
      { url: 'webdavs://host/x' },
      ['user', 'password', 'token', 'bearer_token_command', 'cert_path', 'key_path', 'ssl_verify'],
      ['host'],
    ],
    [
      { url: 'webhdfs://host:9870/x', use_https: 'true' },
      ['kerberos', 'kerberos_principal', 'proxy_to', 'data_proxy_target', 'token', 'password', 'ssl_verify'],
      ['host'],
    ],
    [{ url: 'gs://bucket/x' }, ['credentialpath']],
    [{ url: 'azure://container/x', account_name: 'account1' }, ['connection_string', 'sas_token', 'account_key']],
    [{ url: 'azure://container/x' }, ['tenant_id', 'client_id', 'client_secret']],
  ];
  for (const [settings, keys, endpoints] of harmful) {
    test(`of ${settings.url}: ${keys.join(', ')} are left out and named`, () => {
      const extra = Object.fromEntries(keys.map((key) => [key, 'x']));
      const remote = choose({ ...settings, ...extra }, endpoints);
      assert.deepEqual(remote.settings, settings);
      assert.deepEqual(remote.ignored.toSorted(), keys.toSorted());
    });
  }

  test('that every object has by birth are none', () => {
    const remote = choose({ url: 's3://bucket', constructor: 'x', __proto__x: 'y', hasownproperty: 'z' });
    assert.deepEqual(remote.settings, { url: 's3://bucket' });
  });

  test('with values that are none are refused with 65', () => {
    refuses(
      { url: 'azure://container', account_name: 'evil.example.com/' },
      'dataset',
      /account_name .* can not be used/,
    );
    refuses({ url: 'ssh://host/x', port: '22 -oProxyCommand=x' }, 'dataset', /port .* can not be used/, ['host']);
    refuses({ url: 'ssh://host/x', user: '-oProxyCommand=x' }, 'dataset', /user .* can not be used/, ['host']);
    refuses({ url: 'https://host', custom_auth_header: 'A: b' }, 'dataset', /custom_auth_header/, ['host']);
  });
});

describe('the address of a remote', () => {
  test('with a password in it is refused with the place where a password goes, and not repeated', () => {
    for (const url of [
      'https://robot:hunter2@host/x',
      'ssh://robot:hunter2@host/x',
      'webdavs://robot:hunter2@host/x',
    ]) {
      refuses({ url }, 'dataset', /^(?!.*hunter2).*dvc\.io\/remote-secret/, ['host']);
    }
  });

  test('that two parsers could read in two ways is refused', () => {
    for (const url of [
      'https://allowed\\@evil.example.com/x',
      'https://allowed#@evil.example.com/',
      'https://allowed?x=/../',
      'ssh://allowed /x',
      'https:///x',
      'gs://bucket/x?generation=1',
      'azure://container/x?versionid=1',
    ]) {
      assert.throws(() => choose({ url }, ['allowed']), FetchFailure, url);
    }
    for (const url of ['s3://bucket', 'gs://bucket']) {
      refuses({ url, endpointurl: 'https://allowed\\@evil.example.com/' }, 'usage', /address|reads/, [
        'https://allowed',
      ]);
    }
  });

  test('of a type that is not supported is refused with those that are', () => {
    for (const type of ['gdrive', 'oss', 'hdfs', 'constructor', 'file']) {
      refuses({ url: `${type}://host/x` }, 'dataset', new RegExp(`type ${type}, .*s3, ssh, https, http, gs, azure`));
    }
  });
});

describe('a server of a remote', () => {
  const listed: [url: string, entry: string, more?: Settings][] = [
    ['ssh://data.example.com/x', 'ssh://data.example.com'],
    ['ssh://robot@data.example.com/x', 'ssh://data.example.com:22'],
    ['ssh://data.example.com:2222/x', 'data.example.com:2222'],
    ['ssh://data.example.com/x', 'data.example.com'],
    ['ssh://data.example.com:2222/x', 'data.example.com'],
    ['ssh://data.example.com/x', 'ssh://data.example.com:2222', { port: '2222' }],
    ['https://data.example.com/x', 'https://data.example.com'],
    ['https://DATA.example.com:8443/x', 'https://data.example.com:8443'],
    ['http://data.example.com/x', 'http://data.example.com'],
    ['webdavs://data.example.com/x', 'https://data.example.com'],
    ['webdavs://data.example.com/x', 'webdavs://data.example.com'],
    ['webdav://data.example.com/x', 'http://data.example.com'],
    ['webhdfs://data.example.com:9870/x', 'http://data.example.com:9870'],
    ['webhdfs://data.example.com:9870/x', 'https://data.example.com:9870', { use_https: 'true' }],
    ['https://[fd00::1]:8443/x', 'https://[fd00::1]:8443'],
    ['gs://bucket/x', 'https://storage.example.com', { endpointurl: 'https://storage.example.com' }],
  ];
  for (const [url, entry, more = {}] of listed) {
    test(`${url} ${JSON.stringify(more)} may be named where ${entry} is listed, and not otherwise`, () => {
      assert.equal(choose({ url, ...more }, [entry]).settings.url, url);
      refuses({ url, ...more }, 'usage', /is not allowed: ask an admin to add .*remotes\.endpoints/);
    });
  }

  const others: [url: string, entry: string, more?: Settings][] = [
    ['http://data.example.com/x', 'data.example.com'], // in the clear, and a bare host stands for TLS
    ['http://data.example.com/x', 'https://data.example.com'],
    ['webdav://data.example.com/x', 'data.example.com'],
    ['webhdfs://data.example.com:9870/x', 'data.example.com'],
    ['ssh://data.example.com/x', 'https://data.example.com'],
    ['ssh://data.example.com/x', 'ssh://data.example.com', { port: '6443' }],
    ['https://data.example.com.evil.org/x', 'data.example.com'],
    ['https://evil-data.example.com/x', 'data.example.com'],
    ['https://169.254.169.254/latest', 'data.example.com'],
    ['gs://bucket', 'data.example.com', { endpointurl: 'https://s3.eu-central-1.amazonaws.com' }],
    ['gs://bucket', 'data.example.com', { endpointurl: 'http://metadata.google.internal' }],
    ['s3://bucket', 'data.example.com', { endpointurl: 'http://169.254.169.254' }],
  ];
  for (const [url, entry, more = {}] of others) {
    test(`${url} ${JSON.stringify(more)} is not covered by ${entry}`, () => {
      refuses({ url, ...more }, 'usage', /is not allowed/, [entry]);
    });
  }

  test('of the clouds needs no listing: S3, Google and Azure by bucket alone', () => {
    for (const url of ['s3://bucket/a', 'gs://bucket/a', 'azure://container/a'])
      assert.equal(choose({ url }).settings.url, url);
  });

  test('is none for a folder, which only the scheme file allows', () => {
    refuses({ url: '/data' }, 'usage', /--allow-scheme file/);
    assert.equal(choose({ url: '/data' }, [], true).type, 'local');
  });
});

test('every type has a url among its keys, and names its extra as a lock file does', () => {
  for (const [name, { keys, extra }] of Object.entries(remoteTypes)) {
    assert.ok('url' in keys, name);
    if (extra) assert.match(extra, /^(?:gs|azure|webdav|webhdfs)$/);
  }
});
