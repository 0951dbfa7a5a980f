/** The environment's ways to S3: the proxy and the CA bundle, as people write them, and what is said of those that can't serve. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makePlace } from '../../support/fetch/fetcher.ts';
import { fails, succeeds } from '../../support/fetch/outcome.ts';
import { assertPublished, type S3Scene, startS3Scene } from '../../support/s3/faulty-dataset.ts';

let makeFixture: S3Scene;
before(async () => {
  makeFixture = await startS3Scene();
});
after(() => makeFixture?.[Symbol.asyncDispose]());

const withEnvironment = (more: Record<string, string>) => ({
  ...makeFixture.good,
  environment: { ...makeFixture.good.environment, ...more },
});

for (const [title, environment] of Object.entries({
  'a proxy without a scheme, and S3 spared': { HTTP_PROXY: 'proxy.invalid:3128', NO_PROXY: '127.0.0.1' },
  'a proxy of another kind, and S3 spared': { HTTP_PROXY: 'socks5://proxy.invalid:1080', NO_PROXY: '127.0.0.1' },
  'a proxy without a scheme for https, and S3 by http': { HTTPS_PROXY: 'proxy.invalid:3128' },
})) {
  test(`${title}: the fetch succeeds`, async () => {
    await using place = await makePlace();
    await succeeds(place, makeFixture.reference, withEnvironment(environment));
    assertPublished(place);
  });
}

test('a proxy without a scheme is used', async () => {
  await using place = await makePlace();
  const { host } = new URL(makeFixture.proxy.endpoint);
  makeFixture.proxy.reset();
  await succeeds(place, makeFixture.reference, withEnvironment({ HTTP_PROXY: host }));
  assertPublished(place);
  assert.ok(makeFixture.proxy.count('GET', /^http:\/\/.*\/[0-9a-f]{30}$/) > 0, 'a proxy is asked for whole URLs');
});

const unusable: [title: string, environment: Record<string, string>, sentence: RegExp][] = [
  [
    'a proxy of another kind',
    { HTTP_PROXY: 'socks5://me:secret@proxy.invalid:1080' },
    /^HTTP_PROXY names no HTTP proxy, .*: write it as http:\/\/host:port/,
  ],
  [
    'a CA bundle that is not there',
    { AWS_CA_BUNDLE: '/nowhere/ca.pem' },
    /^the CA bundle \/nowhere\/ca\.pem can't be read \(ENOENT\): AWS_CA_BUNDLE must name/,
  ],
  [
    'a CA bundle that holds none',
    { AWS_CA_BUNDLE: join(import.meta.dirname, '..', '..', 'support', 's3', 'faulty-dataset.ts') },
    /faulty-dataset\.ts holds no PEM certificate: AWS_CA_BUNDLE must name/,
  ],
];

for (const [title, environment, sentence] of unusable) {
  test(`${title}: 78 that names the variable, and without it the next run succeeds`, async () => {
    await using place = await makePlace();
    await fails(place, makeFixture.reference, 78, sentence, withEnvironment(environment));
    await makeFixture.recovers(place);
  });
}
