/** What is printed has no secret in it, however people write their URLs, and keeps what helps to understand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactor } from '../../../../src/fetch/report/redact.ts';

const sha = '0123456789abcdef'.repeat(4).slice(0, 40);
const redact = redactor({});

for (const [text, clean] of [
  ['https://me:pw@host/x', 'https://[redacted]@host/x'],
  ['https://token@github.com/x.git', 'https://[redacted]@github.com/x.git'],
  ['http://u:p@ss@proxy:3128', 'http://[redacted]@proxy:3128'],
  ['https://u:pa/ss@host.example:8443/x y', 'https://[redacted]@host.example:8443/x y'],
  ['https://u:p@s/s@wo@rd@host/x', 'https://[redacted]@host/x'],
  ['http://u:12345/secret@proxy:3128', 'http://[redacted]@proxy:3128'],
  ['https://u:pa?ss#word@host/x', 'https://[redacted]@host/x'],
  ['https://u:pa/ss@[2001:db8::1]:443/', 'https://[redacted]@[2001:db8::1]:443/'],
  [
    "fatal: unable to access 'https://u:p/w@host/': refused",
    "fatal: unable to access 'https://[redacted]@host/': refused",
  ],
  ['https://a.example/x,https://u:p/w@host/', 'https://a.example/x,https://[redacted]@host/'],
  [`https://u:p/w@host/r@${sha}:train`, `https://[redacted]@host/r@${sha}:train`],
] as const) {
  test(`${text} is printed without its login`, () => assert.equal(redact(text), clean));
}

for (const text of [
  `https://git.example.com/ml/images@${sha}:train`,
  `https://git.example.com:8443/ml/images@${sha}:train`,
  'https://git.example.com:8443/ml/images@main:train',
  's3://bucket/a@b/c',
  'https://host/npm/@scope/package',
  'me@host has no URL',
]) {
  test(`${text} is printed as it is`, () => assert.equal(redact(text), text));
}

test('a secret that a tool prints percent-encoded is hidden too', () => {
  const clean = redactor({ GIT_PASSWORD: 'pass/w@rd' });
  assert.equal(
    clean('in https://u:pass%2Fw%40rd@h.example/ and pass/w@rd'),
    'in https://[redacted]@h.example/ and [redacted]',
  );
});

test('a very long line of any kind is cleaned at once', () => {
  for (const line of [
    'a'.repeat(65_536),
    '@'.repeat(65_536),
    `https://${'a@'.repeat(32_768)}`,
    'a://'.repeat(16_384),
  ]) {
    assert.equal(typeof redact(line), 'string'); // an expression that backtracks would never end here
  }
});

test('what is longer than a line of a log ought to be is cut, and no secret with it', () => {
  const secret = 'hush-hush-hush';
  const clean = redactor({ A_TOKEN: secret })(`${'x'.repeat(4090)}${secret}${'y'.repeat(100_000)}`);
  assert.equal(clean, `${'x'.repeat(4090)}[reda…`);
  assert.ok(redact(`${'x'.repeat(4094)}😀${'y'.repeat(10)}`).isWellFormed());
});

test('every key of a remote’s Secret that is a secret is one here, from the first line on, and what says where stays', () => {
  const environment = {
    password: 'hunter2hunter2\n',
    token: 'tok-123456789',
    'ssh-privatekey':
      '-----BEGIN RSA PRIVATE KEY-----\nfirst+line+of+the+key\nsecond+line+of+the+key\n-----END RSA PRIVATE KEY-----\n',
    AZURE_STORAGE_KEY: 'azure+key==',
    AZURE_STORAGE_CONNECTION_STRING: 'AccountName=account1;AccountKey=other+key==;EndpointSuffix=core.windows.net',
    AZURE_STORAGE_SAS_TOKEN: 'sv=2026&sig=abc',
    GOOGLE_APPLICATION_CREDENTIALS_DATA: JSON.stringify(
      { type: 'service_account', private_key: '-----BEGIN\nthe+private+part+of+it\n' },
      null,
      1,
    ),
    username: 'robot-ml',
    AWS_REGION: 'us-east-1',
    AZURE_STORAGE_ACCOUNT: 'account1',
    DVC_INJECTOR_GIT_SECRET_DIR: '/secrets/git',
  };
  const clean = redactor(environment);
  for (const secret of [
    'hunter2hunter2',
    'tok-123456789',
    'first+line+of+the+key',
    'second+line+of+the+key',
    'azure+key==',
    'other+key==',
    'sv=2026&sig=abc',
    'the+private+part+of+it',
  ]) {
    assert.equal(clean(`a tool says: ${secret}!`), 'a tool says: [redacted]!');
    assert.ok(!clean(JSON.stringify(environment)).includes(secret), secret);
  }
  const places = 'robot-ml us-east-1 account1 /secrets/git';
  assert.equal(clean(places), places);
});
