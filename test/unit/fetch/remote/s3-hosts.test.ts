/** Which hosts a repository may name as its object store without the admin's list: S3's own, never what merely lies below Amazon's domains. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverProblem } from '../../../../src/fetch/remote/allowed-servers.ts';
import { isS3Host, s3HostIn, s3HostOf } from '../../../../src/fetch/remote/s3-hosts.ts';

/** Why a remote may not have this endpoint. */
function endpointProblem(endpointurl: string, allowed: readonly string[]): string | null {
  return serverProblem('s3', { url: 's3://bucket', endpointurl }, allowed);
}

const own = [
  's3.amazonaws.com',
  's3.us-east-1.amazonaws.com',
  's3.eu-central-1.amazonaws.com',
  's3.ap-southeast-2.amazonaws.com',
  's3.us-gov-west-1.amazonaws.com',
  's3.cn-north-1.amazonaws.com.cn',
  's3.eusc-de-east-1.amazonaws.eu',
  's3-us-west-2.amazonaws.com',
  's3-external-1.amazonaws.com',
  's3-fips.us-east-1.amazonaws.com',
  's3.dualstack.eu-west-1.amazonaws.com',
  's3-fips.dualstack.us-gov-east-1.amazonaws.com',
  's3-accelerate.amazonaws.com',
  's3-accelerate.dualstack.amazonaws.com',
  'bucket.s3.amazonaws.com',
  'my.dotted.bucket.s3.us-east-1.amazonaws.com',
  'bucket.s3.dualstack.us-east-1.amazonaws.com',
  'bucket.s3-accelerate.amazonaws.com',
  's3-accesspoint.us-east-1.amazonaws.com',
  'name-123456789012.s3-accesspoint.us-east-1.amazonaws.com',
  'name-123456789012.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com',
];

const foreign = [
  'amazonaws.com',
  'ec2-203-0-113-25.compute-1.amazonaws.com',
  'ec2.us-east-1.amazonaws.com',
  'abcdef1234.execute-api.us-east-1.amazonaws.com',
  'load-balancer-1234.us-east-1.elb.amazonaws.com',
  's3.us-east-1.elb.amazonaws.com',
  'sts.amazonaws.com',
  'lambda.eu-west-1.amazonaws.com',
  'bucket.vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com',
  's3-control.us-east-1.amazonaws.com',
  's3-website-us-east-1.amazonaws.com',
  's3-website.eu-central-1.amazonaws.com',
  'name-123456789012.s3-object-lambda.us-east-1.amazonaws.com',
  's3.evil.amazonaws.com',
  'xs3.amazonaws.com',
  's3.amazonaws.com.evil.example',
  's3.amazonaws.com.',
  's3.amazonaws.comx',
  's3-us-west-2.amazonaws.org',
  '169.254.169.254',
  'localhost',
];

for (const host of own) {
  test(`${host} is S3's own`, () => assert.equal(endpointProblem(`https://${host}`, []), null));
}

for (const host of foreign) {
  test(`${host} is not, and an admin may list it`, () => {
    assert.match(endpointProblem(`https://${host}`, []) ?? '', /is not allowed: ask an admin to add https:\/\//);
    assert.equal(endpointProblem(`https://${host}`, [`https://${host}`]), null);
  });
}

test("S3's own host counts only over https, on its port, without a login", () => {
  assert.match(endpointProblem('http://s3.us-east-1.amazonaws.com', []) ?? '', /is not allowed/);
  assert.match(endpointProblem('https://s3.us-east-1.amazonaws.com:8443', []) ?? '', /is not allowed/);
  assert.match(endpointProblem('https://me:pw@s3.us-east-1.amazonaws.com', []) ?? '', /a login or a query/);
  assert.match(endpointProblem('https://s3.amazonaws.com@evil.example', []) ?? '', /a login or a query/);
});

test('what two parsers could read as two servers is no endpoint, though the admin listed one of them', () => {
  for (const endpoint of [
    'https://s3.amazonaws.com\\@127.0.0.1:8443/',
    'https://s3.amazonaws.com:443\\@169.254.169.254/',
    'https://minio.example.com:9000\\@evil.example/',
    'https://evil.example\\.s3.amazonaws.com',
    'https:s3.amazonaws.com',
    'https:///s3.amazonaws.com',
    'https:\\\\s3.amazonaws.com',
    'https://s3%2eamazonaws.com',
    'https://ｓ3.amazonaws.com',
    ' https://s3.amazonaws.com',
    'https://s3.amazonaws.com/a b',
    'https://s3.amazonaws.com/a\\b',
  ]) {
    assert.match(
      endpointProblem(endpoint, ['https://minio.example.com:9000']) ?? '',
      /as every program reads it/,
      endpoint,
    );
  }
  for (const endpoint of [
    'https://s3.amazonaws.com/',
    'https://minio.example.com:9000/base/path',
    'http://minio_1:9000',
  ]) {
    assert.equal(endpointProblem(endpoint, ['https://minio.example.com:9000', 'http://minio_1:9000']), null);
  }
});

test("a region's host is one of S3's own, and no host of a region that nobody knows is made up", () => {
  for (const region of ['us-east-1', 'eu-central-1', 'us-gov-west-1', 'cn-north-1']) {
    const host = s3HostOf(region) ?? assert.fail(region);
    assert.ok(isS3Host(host) && isS3Host(`images.${host}`), host);
  }
  for (const region of ['us-iso-east-1', 'moon-1']) assert.equal(s3HostOf(region), null);
});

test('in another region a host of S3 is one of its own there, and what is none leads nowhere', () => {
  for (const [host, other] of [
    ['images.s3.us-east-1.amazonaws.com', 'images.s3.eu-west-1.amazonaws.com'],
    ['us-east-1.s3.us-east-1.amazonaws.com', 'us-east-1.s3.eu-west-1.amazonaws.com'],
    ['s3.us-east-1.amazonaws.com', 's3.eu-west-1.amazonaws.com'],
    ['s3.dualstack.us-east-1.amazonaws.com', 's3.dualstack.eu-west-1.amazonaws.com'],
    ['s3-fips.us-east-1.amazonaws.com', 's3-fips.eu-west-1.amazonaws.com'],
    ['s3.amazonaws.com', 's3.amazonaws.com'],
    ['minio.example.com', null],
    ['bucket.vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com', null],
    ['s3.us-east-1.amazonaws.com.evil.example', null],
  ] as const) {
    assert.equal(s3HostIn(host, 'us-east-1', 'eu-west-1'), other, host);
  }
  assert.equal(s3HostIn('s3.us-east-1.amazonaws.com', 'us-east-1', 'vpce'), null);
});
