/** An S3 server that doesn't let the fetcher in: whose fault it is and what to do stands in one sentence. */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, before, test } from 'node:test';
import { leftovers, makePlace, publishedFolder, type StartOptions } from '../../support/fetch/fetcher.ts';
import { endedFetch, fails } from '../../support/fetch/outcome.ts';
import type { FaultyReply } from '../../support/s3/fault.ts';
import { type S3Scene, startS3Scene } from '../../support/s3/faulty-dataset.ts';
import { listenOnLoopback } from '../../support/servers/loopback.ts';

let makeFixture: S3Scene;
before(async () => {
  makeFixture = await startS3Scene();
});
after(() => makeFixture?.[Symbol.asyncDispose]());

const refused = /refused the credentials: check the Secret that dvc\.io\/remote-secret names/;

const refusals: { title: string; who: 'all' | 'anyObject' | 'oneObject'; reply: FaultyReply; sentence: RegExp }[] = [
  { title: '403 on everything', who: 'all', reply: { reply: 403 }, sentence: refused },
  { title: '403 on every object', who: 'anyObject', reply: { reply: 403 }, sentence: refused },
  { title: '403 on one object', who: 'oneObject', reply: { reply: 403 }, sentence: refused },
  {
    title: 'an access key that nobody has',
    who: 'all',
    reply: { reply: 403, code: 'InvalidAccessKeyId' },
    sentence: refused,
  },
  { title: 'a token that has expired', who: 'all', reply: { reply: 400, code: 'ExpiredToken' }, sentence: refused },
  {
    title: 'a clock that is wrong',
    who: 'all',
    reply: { reply: 403, code: 'RequestTimeTooSkewed' },
    sentence: /clock|refused the credentials/,
  },
];

for (const { title, who, reply, sentence } of refusals) {
  test(`${title}: 77, and once it is right the next run succeeds`, async () => {
    await using place = await makePlace();
    const when = who === 'all' ? () => true : makeFixture[who];
    const undo = makeFixture.inject({ when, ...reply });
    try {
      await fails(place, makeFixture.reference, 77, sentence, makeFixture.good);
    } finally {
      undo();
    }
    await makeFixture.recovers(place);
  });
}

test('a wrong secret key: 77, the key is never printed, and with the right one the next run succeeds', async () => {
  await using place = await makePlace();
  const environment = { ...makeFixture.good.environment, AWS_SECRET_ACCESS_KEY: 'not-the-right-one' };
  const { output } = await fails(place, makeFixture.reference, 77, refused, { ...makeFixture.good, environment });
  assert.ok(!output.includes('not-the-right-one'));
  await makeFixture.recovers(place);
});

test('no credentials at all: 77 that names the Secret', async () => {
  await using place = await makePlace();
  const options: StartOptions = { ...makeFixture.good, environment: { AWS_EC2_METADATA_DISABLED: 'true' } };
  await fails(place, makeFixture.reference, 77, /needs credentials.*dvc\.io\/remote-secret/, options);
  await makeFixture.recovers(place);
});

test('an endpoint that is not allowed: 64 that says whom to ask, and no request', async () => {
  await using place = await makePlace();
  makeFixture.proxy.reset();
  await fails(place, makeFixture.reference, 64, /endpoint .* is not allowed: ask an admin/, {
    ...makeFixture.good,
    flags: [],
  });
  assert.deepEqual(makeFixture.proxy.countRequests(), {});
  await makeFixture.recovers(place);
});

test('a bucket that is not there: 66 that names it', async () => {
  await using place = await makePlace();
  const reference = await makeFixture.withRemote({ url: 's3://no-such-bucket' });
  await fails(
    place,
    reference,
    66,
    /s3:\/\/no-such-bucket .*(does not exist: check the url|lacks the dataset's object)/,
    makeFixture.good,
  );
  await makeFixture.recovers(place);
});

for (const status of [301, 307] as const) {
  test(`${status} to another host: it gets no credentials, and what to do is said`, async () => {
    const seen: IncomingHttpHeaders[] = [];
    const foreign = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(403).end();
    });
    const port = await listenOnLoopback(foreign);
    const location = `http://localhost:${port}/`;
    const headers = { location, 'x-amz-bucket-region': 'eu-central-1' };
    const undo = makeFixture.inject({ when: () => true, reply: status, headers });
    try {
      await using place = await makePlace();
      const environment = { ...makeFixture.good.environment, AWS_SESSION_TOKEN: 'a-session-token' };
      const { exitCode, output, terminationMessage } = await endedFetch(place, makeFixture.reference, {
        ...makeFixture.good,
        environment,
      });
      for (const given of seen) {
        assert.equal(given.authorization, undefined);
        assert.equal(given['x-amz-security-token'], undefined);
      }
      assert.ok([69, 77].includes(exitCode ?? 0), output);
      assert.match(terminationMessage, /the DVC remote "origin" .*check/);
      assert.equal(publishedFolder(place.volume), undefined);
      assert.deepEqual(leftovers(place), []);
      undo();
      await makeFixture.recovers(place);
    } finally {
      undo();
      foreign.close();
    }
  });
}
