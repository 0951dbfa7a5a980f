/** An S3 server that fails, stalls or vanishes: short troubles are ridden out, lasting ones end with 69, none hangs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makePlace } from '../../support/fetch/fetcher.ts';
import { fails, succeeds } from '../../support/fetch/outcome.ts';
import type { FaultyReply } from '../../support/s3/fault.ts';
import { assertPublished, type S3Scene, startS3Scene } from '../../support/s3/faulty-dataset.ts';

let makeFixture: S3Scene;
/** The same dataset, and its remote's configuration asks for little patience. */
let impatient: string;
before(async () => {
  makeFixture = await startS3Scene();
  impatient = await makeFixture.withRemote({ read_timeout: '5', connect_timeout: '5' });
});
after(() => makeFixture?.[Symbol.asyncDispose]());

const unreachable = /the DVC remote "origin" .*(can't be reached: check|run the fetch again)/;

interface Trouble {
  title: string;
  who: 'all' | 'anyObject' | 'oneObject' | 'listObject';
  reply: FaultyReply;
  /** A trouble that passes after so many requests. */
  times?: number;
}

const lasting: Trouble[] = [
  { title: '500 on everything', who: 'all', reply: { reply: 500 } },
  { title: '500 on every object', who: 'anyObject', reply: { reply: 500 } },
  { title: '500 on one object', who: 'oneObject', reply: { reply: 500 } },
  { title: '503 SlowDown on every object', who: 'anyObject', reply: { reply: 503 } },
  { title: 'one body that always ends too early', who: 'oneObject', reply: { cutAfter: 1000 } },
  { title: 'one body that is always reset', who: 'oneObject', reply: { resetAfter: 1000 } },
  { title: 'one body that always stalls', who: 'oneObject', reply: { stallAfter: 1000 } },
  { title: 'one body that comes at one byte a second', who: 'oneObject', reply: { trickle: 1000 } },
  { title: 'a list of files that comes at one byte a second', who: 'listObject', reply: { trickle: 1000 } },
  { title: 'a list of files that stalls', who: 'listObject', reply: { stallAfter: 100 } },
];

for (const { title, who, reply } of lasting) {
  test(`${title}: 69, and once it is over the next run succeeds`, async () => {
    await using place = await makePlace();
    const undo = makeFixture.inject({ when: who === 'all' ? () => true : makeFixture[who], ...reply });
    try {
      await fails(place, impatient, 69, unreachable, makeFixture.good);
    } finally {
      undo();
    }
    await makeFixture.recovers(place, impatient);
  });
}

const passing: Trouble[] = [
  { title: '500 twice', who: 'oneObject', reply: { reply: 500 }, times: 2 },
  { title: '503 SlowDown for a while', who: 'anyObject', reply: { reply: 503 }, times: 8 },
  { title: 'one body that ends too early once', who: 'oneObject', reply: { cutAfter: 1000 }, times: 1 },
  { title: 'one body that is reset once', who: 'oneObject', reply: { resetAfter: 1000 }, times: 1 },
  { title: 'one body that stalls once', who: 'oneObject', reply: { stallAfter: 1000 }, times: 1 },
  { title: 'connections that are closed right after each answer', who: 'all', reply: { closeAfter: 0 } },
  { title: 'connections that are closed a moment after each answer', who: 'all', reply: { closeAfter: 20 } },
];

for (const { title, who, reply, times } of passing) {
  test(`${title}: the fetch succeeds nevertheless`, async () => {
    await using place = await makePlace();
    const when = who === 'all' ? () => true : makeFixture[who];
    const undo = makeFixture.inject({ when, ...reply, ...(times === undefined ? {} : { times }) });
    try {
      await succeeds(place, impatient, makeFixture.good);
    } finally {
      undo();
    }
    assertPublished(place);
  });
}

test('an outage of ten seconds in the middle of the download is ridden out, without DVC', async () => {
  await using place = await makePlace();
  let until: number | undefined;
  const undo = makeFixture.inject({
    when(request) {
      if (makeFixture.anyObject(request)) until ??= performance.now() + 10_000;
      return until !== undefined && performance.now() < until;
    },
    reply: 503,
  });
  makeFixture.proxy.reset();
  try {
    await succeeds(place, makeFixture.reference, makeFixture.good);
  } finally {
    undo();
  }
  assertPublished(place);
  assert.equal(makeFixture.proxy.count('HEAD'), 0, 'which is how DVC asks');
});

test('a server that goes away in the middle of the download: 69, and back again the next run fetches the rest', async () => {
  await using place = await makePlace();
  let asked = 0;
  const enough = 4;
  makeFixture.inject({
    when: (request) => {
      if (makeFixture.anyObject(request)) asked += 1;
      return asked > enough;
    },
    wait: () => makeFixture.proxy.stop(),
  });
  await fails(place, impatient, 69, unreachable, makeFixture.good);
  assert.ok(asked > enough);
  await fails(place, impatient, 69, unreachable, makeFixture.good);
  await makeFixture.restartProxy();
  await makeFixture.recovers(place, impatient);
});
