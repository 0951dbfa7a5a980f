/** Where the native client asks: the hosts and paths that boto, and so DVC, would ask for the same settings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketOf } from '../../../../src/fetch/s3/bucket.ts';

const places: [title: string, settings: Record<string, string>, environment: Record<string, string>, place: string][] =
  [
    ['no region', { url: 's3://images' }, {}, 'https://images.s3.us-east-1.amazonaws.com'],
    ['a region', { url: 's3://images', region: 'eu-central-1' }, {}, 'https://images.s3.eu-central-1.amazonaws.com'],
    ['AWS_REGION', { url: 's3://images' }, { AWS_REGION: 'eu-west-1' }, 'https://images.s3.eu-west-1.amazonaws.com'],
    [
      'a region that is set where the environment has one too',
      { url: 's3://images', region: 'eu-central-1' },
      { AWS_REGION: 'eu-west-1' },
      'https://images.s3.eu-central-1.amazonaws.com',
    ],
    ['China', { url: 's3://images', region: 'cn-north-1' }, {}, 'https://images.s3.cn-north-1.amazonaws.com.cn'],
    ['a prefix', { url: 's3://images/team/dvc/' }, {}, 'https://images.s3.us-east-1.amazonaws.com/team/dvc'],
    [
      'a prefix that must be encoded',
      { url: "s3://images/a b/ü/it's(1)*!+" },
      {},
      'https://images.s3.us-east-1.amazonaws.com/a%20b/%C3%BC/it%27s%281%29%2A%21%2B',
    ],
    ['a bucket with a dot', { url: 's3://my.images/x' }, {}, 'https://s3.us-east-1.amazonaws.com/my.images/x'],
    [
      'an endpoint of one’s own',
      { url: 's3://images/x', endpointurl: 'https://minio.example.com:9000/' },
      {},
      'https://minio.example.com:9000/images/x',
    ],
    [
      'an endpoint with a path',
      { url: 's3://images/x', endpointurl: 'http://gateway.example.com/s3/' },
      {},
      'http://gateway.example.com/s3/images/x',
    ],
    [
      'AWS_ENDPOINT_URL_S3, which wins over AWS_ENDPOINT_URL',
      { url: 's3://images' },
      { AWS_ENDPOINT_URL: 'http://all.example.com', AWS_ENDPOINT_URL_S3: 'http://s3.example.com' },
      'http://s3.example.com/images',
    ],
  ];

for (const [title, settings, environment, place] of places) {
  test(`${title}: ${place}`, () => {
    const bucket = bucketOf(settings, environment) ?? assert.fail('left to DVC');
    assert.equal(bucket.origin + bucket.base, place);
    assert.equal(bucket.signed, true);
  });
}

for (const [title, settings] of Object.entries({
  'a remote without TLS by use_ssl': { url: 's3://images', use_ssl: 'false' },
  'a partition of its own': { url: 's3://images', region: 'us-iso-east-1' },
  'a region that nobody knows': { url: 's3://images', region: 'moon-1' },
  'an endpoint that is no URL': { url: 's3://images', endpointurl: 'minio:nine thousand' },
  'another kind of url': { url: 'https://images' },
})) {
  test(`${title} is left to DVC`, () => assert.equal(bucketOf(settings, {}), null));
}

test('a bucket that is open to all is asked without a signature', () => {
  assert.equal(bucketOf({ url: 's3://images', allow_anonymous_login: 'true' }, {})?.signed, false);
});
