/** Which variables a cloud's libraries get, and where those may lead them. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { cloudVariables } from '../../../../src/fetch/remote/cloud-variables.ts';
import { googleKey } from '../../../../src/fetch/remote/google-key.ts';
import { type RemoteTypeName, remoteType } from '../../../../src/fetch/remote/types.ts';

const endpoints = ['https://minio.example.com:9000', 'http://127.0.0.1:10000'];

function variables(type: RemoteTypeName, environment: Record<string, string>): Record<string, string> {
  return cloudVariables({ type, endpoints }, environment);
}

function refused(exit: string, sentence: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof FetchFailure && error.exit === exit && sentence.test(error.message);
}

test('a type gets the variables of its row, and none that only begins alike', () => {
  const aws = {
    AWS_ACCESS_KEY_ID: 'id',
    AWS_ROLE_ARN: 'role',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/',
  };
  const code = {
    AWS_CONFIG_FILE: '/evil',
    AWS_PROFILE: 'evil',
    AWS_SHARED_CREDENTIALS_FILE: '/evil',
    AWS_DATA_PATH: '/',
  };
  const azure = { AZURE_STORAGE_ACCOUNT: 'mlimages', AZURE_FEDERATED_TOKEN_FILE: '/token' };
  const google = { GOOGLE_APPLICATION_CREDENTIALS: '/key', GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1' };
  const all = { ...aws, ...code, ...azure, ...google, password: 'x', NODE_OPTIONS: '--require /evil' };
  assert.deepEqual(variables('s3', all), aws);
  assert.deepEqual(variables('azure', all), azure);
  assert.deepEqual(variables('gs', all), { GOOGLE_APPLICATION_CREDENTIALS: '/key' });
  for (const type of ['ssh', 'https', 'webdav', 'webhdfs', 'local'] as const)
    assert.deepEqual(variables(type, all), {});
});

/** What AWS's SDK reads and a fetch doesn't pass on. */
const leftOut = {
  'names files, which may name commands': [
    'AWS_CONFIG_FILE',
    'AWS_LOGIN_CACHE_DIRECTORY',
    'AWS_PROFILE',
    'AWS_SHARED_CREDENTIALS_FILE',
  ],
  'an address of which any server could pose as the node’s': ['AWS_EC2_METADATA_SERVICE_ENDPOINT'],
  'of services other than S3 and STS': ['AWS_ACCOUNT_ID', 'AWS_ACCOUNT_ID_ENDPOINT_MODE', 'AWS_CREDENTIAL_SCOPE'],
  'no part of who asks, or whom': [
    'AWS_AUTH_SCHEME_PREFERENCE',
    'AWS_CREDENTIAL_EXPIRATION',
    'AWS_DEFAULTS_MODE',
    'AWS_DISABLE_CLOCK_SKEW_CORRECTION',
    'AWS_EXECUTION_ENV',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    'AWS_LAMBDA_FUNCTION_NAME',
    'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
    'AWS_SDK_UA_APP_ID',
    'AWS_SIGV4A_SIGNING_REGION_SET',
  ],
};

test("each variable that AWS's SDK reads is passed on or left out for a reason", () => {
  const modules = join(import.meta.dirname, '../../../../node_modules');
  const read = new Set<string>();
  for (const file of globSync('@{aws-sdk,smithy}/*/dist-cjs/**/*.js', { cwd: modules })) {
    const text = readFileSync(join(modules, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:["'`]|env\.)(AWS_[A-Z0-9_]+)\b(?!\$)/g)) read.add(name);
  }
  assert.ok(read.size > 20, [...read].join());
  const passed = remoteType('s3').variables;
  const decided = new Set([...passed, ...Object.values(leftOut).flat()]);
  assert.deepEqual([...read].filter((name) => !decided.has(name)).sort(), []);
  assert.deepEqual(
    Object.values(leftOut)
      .flat()
      .filter((name) => !read.has(name) || passed.includes(name)),
    [],
  );
});

test("how the node's own service is asked, and not where, is passed on", () => {
  const asked = { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6', AWS_IMDS_USE_IPV6: 'true' };
  assert.deepEqual(variables('s3', { ...asked, AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://10.1.2.3' }), asked);
});

test("a key of a Secret that was made from a file arrives without the file's newline, and an empty one not at all", () => {
  assert.deepEqual(variables('s3', { AWS_SECRET_ACCESS_KEY: 'secret\r\n', AWS_SESSION_TOKEN: '\n' }), {
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
});

test('what could end a line, or be part of another host than it names, ends with 78 and is not repeated', () => {
  for (const [name, value] of [
    ['AWS_SECRET_ACCESS_KEY', 'hunter\ntwo'],
    ['AWS_SECRET_ACCESS_KEY', 'hunter\u0000'],
    ['AWS_REGION', 'us-@hunter.example.com/'],
    ['AWS_DEFAULT_REGION', 'hunter.example.com#'],
  ] as const) {
    assert.throws(
      () => variables('s3', { [name]: value }),
      refused('configuration', new RegExp(`^${name} (?!.*hunter)`)),
    );
  }
  assert.throws(
    () => variables('azure', { AZURE_STORAGE_ACCOUNT: 'evil.example.com/' }),
    refused('configuration', /^AZURE/),
  );
});

describe('an address', () => {
  for (const [name, own] of [
    ['AWS_ENDPOINT_URL', 'https://s3.eu-central-1.amazonaws.com'],
    ['AWS_ENDPOINT_URL_S3', 'https://s3.eu-central-1.amazonaws.com/'],
    ['AWS_ENDPOINT_URL_STS', 'https://sts.eu-central-1.amazonaws.com'],
  ] as const) {
    test(`in ${name} is the service's own or a listed one`, () => {
      for (const value of [own, 'https://minio.example.com:9000'])
        assert.deepEqual(variables('s3', { [name]: value }), { [name]: value });
      for (const value of [
        'http://169.254.169.254',
        'https://minio.example.com',
        'http://minio.example.com:9000',
        'https://me:hush@minio.example.com:9000',
        'https://s3.example.com',
        'https://minio.example.com:9000\\@evil.example.com',
        'file:///etc/passwd',
        'evil',
      ]) {
        assert.throws(
          () => variables('s3', { [name]: value }),
          refused('usage', new RegExp(`^the address in ${name} (?!.*hush)`)),
          value,
        );
      }
    });
  }

  test('in an Azure connection string, and its authority, are judged alike', () => {
    const name = 'AZURE_STORAGE_CONNECTION_STRING';
    const plain =
      'DefaultEndpointsProtocol=https;AccountName=mlimages;AccountKey=a2V5==;EndpointSuffix=core.windows.net';
    for (const value of [
      plain,
      'BlobEndpoint=https://mlimages.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x',
      `${plain};BlobEndpoint=https://mlimages.blob.core.windows.net/;FileEndpoint=https://mlimages.file.core.windows.net/`,
      'BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;AccountName=devstoreaccount1;AccountKey=a2V5',
    ]) {
      assert.deepEqual(variables('azure', { [name]: value }), { [name]: value });
    }
    for (const value of [
      'BlobEndpoint=http://169.254.169.254/;AccountKey=hush',
      ' blobendpoint = https://evil.example.com;AccountName=a',
      `${plain};BlobSecondaryEndpoint=https://evil.example.com`,
      'AccountName=mlimages;AccountKey=hush;EndpointSuffix=evil.example.com',
      plain.replace('https', 'https://evil.example.com/x?'),
      plain.replace('https', 'http'),
      'AccountName=evil.example.com/;AccountKey=hush',
    ]) {
      assert.throws(
        () => variables('azure', { [name]: value }),
        refused('usage', /^the address in AZURE_(?!.*hush)/),
        value,
      );
    }
    const authority = { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/' };
    assert.deepEqual(variables('azure', authority), authority);
    assert.throws(
      () => variables('azure', { AZURE_AUTHORITY_HOST: 'https://evil.example.com/' }),
      refused('usage', /AUTHORITY/),
    );
  });
});

test("Google's key is a service account's, which has its token from Google or a listed server", () => {
  const key = { type: 'service_account', token_uri: 'https://oauth2.googleapis.com/token' };
  assert.deepEqual(googleKey(JSON.stringify(key), 'the Secret', endpoints), key);
  const external = { type: 'external_account', credential_source: { executable: { command: 'touch /tmp/evil' } } };
  for (const text of [JSON.stringify(external), '[]', 'null', '/a/path']) {
    assert.throws(() => googleKey(text, 'the Secret', endpoints), refused('configuration', /of the Secret is/), text);
  }
  const elsewhere = { ...key, token_uri: 'http://169.254.169.254/token' };
  assert.throws(() => googleKey(JSON.stringify(elsewhere), 'the Secret', endpoints), refused('usage', /token_uri/));
});
