/** The native S3 client against a real HTTP server that behaves as badly as servers do. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer as Received, type S3Client, s3Client } from '../../../../src/fetch/s3/client.ts';
import { FallBackToDvc } from '../../../../src/fetch/s3/fall-back.ts';
import { listenOnLoopback } from '../../../support/servers/loopback.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Fixture extends AsyncDisposable {
  client: S3Client;
  requests: IncomingMessage[];
  connections(): number;
  port: number;
}

interface FixtureOptions {
  signed?: boolean;
  environment?: Record<string, string>;
  origin?: string;
  readSeconds?: number;
  patienceSeconds?: number;
}

/** A server that gives these answers one after the other, and the last one ever after. */
async function makeFixture(answers: readonly Answer[], options: FixtureOptions = {}): Promise<Fixture> {
  const requests: IncomingMessage[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    answer?.(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  const port = await listenOnLoopback(server);
  const { signed = true, environment = {}, origin = `http://127.0.0.1:${port}` } = options;
  const { readSeconds = 1, patienceSeconds = 0 } = options;
  const client = s3Client(
    { origin, base: '/bucket', root: '/bucket', prefix: '', region: 'us-east-1', signed },
    {
      credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
      connections: 4,
      environment: Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, value.replace('PORT', String(port))]),
      ),
      ca: undefined,
      listed: [],
      connectSeconds: 5,
      readSeconds,
      patienceSeconds,
    },
  );
  return {
    client,
    requests,
    connections: () => connections,
    port,
    async [Symbol.asyncDispose]() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end(code === 200 ? 'the bytes' : 'no');

/** Both ways to read an answer. */
const ways = {
  whole: async ({ whole }: Received) => (await whole()).toString(),
  'chunk by chunk': async ({ body }: Received) => {
    let text = '';
    for await (const chunk of body) text += chunk.toString();
    return text;
  },
};

const get = ({ client }: Fixture, signal = new AbortController().signal, way: keyof typeof ways = 'whole') =>
  client.get('ab/cd', ways[way], signal);

test('an object is asked for below the base, signed, with the session token, and read', async () => {
  await using one = await makeFixture([status(200)]);
  assert.equal(await get(one), 'the bytes');
  const [request] = one.requests;
  assert.equal(request?.url, '/bucket/ab/cd');
  assert.match(
    request?.headers.authorization ?? '',
    /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
  );
  assert.equal(request?.headers['x-amz-security-token'], 'token');
});

test('a bucket that is open to all gets no signature', async () => {
  await using one = await makeFixture([status(200)], { signed: false });
  assert.equal(await get(one), 'the bytes');
  assert.equal(one.requests[0]?.headers.authorization, undefined);
});

test('404 is null, and asked for once', async () => {
  await using one = await makeFixture([status(404)]);
  assert.equal(await get(one), null);
  assert.equal(one.requests.length, 1);
});

for (const [title, answer] of Object.entries<Answer>({
  'a 500': status(500),
  'a 503': status(503),
  'a 429': status(429),
  'a connection that is reset': (request) => request.socket.destroy(),
  'a body that is cut': (request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('some');
    setTimeout(() => request.socket.destroy(), 20);
  },
  silence: () => {},
  'a body that stalls': (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('some');
  },
  'a body that trickles': (_, response) => {
    response.writeHead(200, { 'content-length': '100000' });
    const trickle = setInterval(() => response.write('x'), 50);
    response.once('close', () => clearInterval(trickle));
  },
})) {
  for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
    test(`after ${title} it asks again, reading ${way}`, async () => {
      await using one = await makeFixture([answer, status(200)]);
      assert.equal(await get(one, undefined, way), 'the bytes');
      assert.equal(one.requests.length, 2);
    });
  }
}

for (const patienceSeconds of [0, 8]) {
  test(`a failure that stays is handed over, after five attempts and ${patienceSeconds} seconds at least`, async () => {
    await using one = await makeFixture([status(500)], { patienceSeconds });
    const started = performance.now();
    await assert.rejects(get(one), (error) => {
      assert.ok(error instanceof FallBackToDvc);
      assert.equal(error.passing, true);
      return /no object after \d+ attempts: S3 answers 500/.test(error.message);
    });
    assert.ok(performance.now() - started >= patienceSeconds * 1000);
    const { length } = one.requests;
    assert.ok(patienceSeconds === 0 ? length === 5 : length > 5 && length < 15, `${length} attempts`);
  });
}

test('after a 503 that asks for a pause it is granted', async () => {
  await using one = await makeFixture([status(503, { 'retry-after': '2' }), status(200)]);
  const started = performance.now();
  assert.equal(await get(one), 'the bytes');
  assert.ok(performance.now() - started >= 1_990);
});

test('an error whose words trickle is not waited for', async () => {
  const trickle: Answer = (_, response) => {
    response.writeHead(500, { 'content-length': '1000' });
    const drip = setInterval(() => response.write('x'), 50);
    response.once('close', () => clearInterval(drip));
  };
  await using one = await makeFixture([trickle, status(200)], { readSeconds: 60 });
  const started = performance.now();
  assert.equal(await get(one), 'the bytes');
  assert.ok(performance.now() - started < 10_000);
});

for (const [title, length] of Object.entries({ 'a small': 1_000, 'a large': 3_000_000 })) {
  for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
    const bytes = Buffer.alloc(length, 'x');
    const full: Answer = (_, response) => response.writeHead(200, { 'content-length': length }).end(bytes);

    test(`${title} object that is read only after a while is not taken for a trickle, reading ${way}`, async () => {
      await using one = await makeFixture([full]);
      const late = async (answer: Received) => {
        await sleep(2_500);
        return ways[way](answer);
      };
      assert.equal((await one.client.get('ab', late, new AbortController().signal))?.length, length);
      assert.equal(one.requests.length, 1);
    });

    test(`${title} object whose connection breaks before it is read is asked for again, reading ${way}`, async () => {
      const broken: Answer = (request, response) => {
        response.writeHead(200, { 'content-length': length }).write(bytes.subarray(0, length / 2));
        setTimeout(() => request.socket.resetAndDestroy(), 50);
      };
      await using one = await makeFixture([broken, full]);
      const late = async (answer: Received) => {
        await sleep(500);
        return ways[way](answer);
      };
      assert.equal((await one.client.get('ab', late, new AbortController().signal))?.length, length);
      assert.equal(one.requests.length, 2);
    });
  }
}

test('an answer that nobody reads breaks without ending the process', async () => {
  const broken: Answer = (request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('some');
    setTimeout(() => request.socket.resetAndDestroy(), 20);
  };
  await using one = await makeFixture([broken]);
  const unread = async ({ length }: Received) => {
    await sleep(300);
    return length;
  };
  assert.equal(await one.client.get('ab', unread, new AbortController().signal), 100);
});

for (const code of [301, 307, 400, 403]) {
  test(`${code} is handed over at once, and no redirect is followed`, async () => {
    await using elsewhere = await makeFixture([status(200)]);
    await using one = await makeFixture([status(code, { location: `http://127.0.0.1:${elsewhere.port}/x` })]);
    await assert.rejects(get(one), (error) => error instanceof FallBackToDvc && !error.passing);
    assert.equal(one.requests.length, 1);
    assert.equal(elsewhere.requests.length, 0);
  });
}

test('a region that another host than the cloud’s own names is not gone to', async () => {
  await using one = await makeFixture([status(301, { 'x-amz-bucket-region': 'eu-central-1' })]);
  await assert.rejects(get(one), FallBackToDvc);
  assert.equal(one.requests.length, 1);
});

test('a bucket of another region is found by all requests that ask for it at once', async () => {
  const answer: Answer = (request, response) => {
    if (request.headers.host?.includes('eu-central-1')) status(200)(request, response);
    else setTimeout(() => status(301, { 'x-amz-bucket-region': 'eu-central-1' })(request, response), 50);
  };
  const origin = 'http://images.s3.us-east-1.amazonaws.com';
  await using one = await makeFixture([answer], { origin, environment: { HTTP_PROXY: 'http://127.0.0.1:PORT' } });
  const found = await Promise.all(Array.from({ length: 12 }, () => get(one)));
  assert.deepEqual(new Set(found), new Set(['the bytes']));
  const last = one.requests.at(-1)?.headers;
  assert.equal(last?.host, 'images.s3.eu-central-1.amazonaws.com');
  assert.match(last?.authorization ?? '', /\/eu-central-1\/s3\//, 'signed for where it is');
});

test('a bucket that every region sends to another is handed over', async () => {
  const answer: Answer = (request, response) => {
    const other = request.headers.host?.includes('eu-central-1') ? 'us-east-1' : 'eu-central-1';
    status(301, { 'x-amz-bucket-region': other })(request, response);
  };
  const origin = 'http://images.s3.us-east-1.amazonaws.com';
  await using one = await makeFixture([answer], { origin, environment: { HTTP_PROXY: 'http://127.0.0.1:PORT' } });
  await assert.rejects(get(one), (error) => error instanceof FallBackToDvc && !error.passing);
  assert.ok(one.requests.length < 10);
});

test('many objects share few connections', async () => {
  await using one = await makeFixture([status(200)]);
  const signal = new AbortController().signal;
  await Promise.all(Array.from({ length: 40 }, () => get(one, signal)));
  assert.equal(one.requests.length, 40);
  assert.ok(one.connections() <= 4, `${one.connections()}`);
});

test('HTTP_PROXY is used, and not for what NO_PROXY names', async () => {
  const origin = 'http://s3.example.invalid';
  await using one = await makeFixture([status(200)], { origin, environment: { HTTP_PROXY: 'http://127.0.0.1:PORT' } });
  assert.equal(await get(one), 'the bytes');
  const environment = { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1' };
  await using direct = await makeFixture([status(200)], { environment });
  assert.equal(await get(direct), 'the bytes');
});

test('an abort ends it with its reason, and asks no more', async () => {
  await using one = await makeFixture([() => {}], { readSeconds: 60 });
  const controller = new AbortController();
  const asked = get(one, controller.signal);
  setTimeout(() => controller.abort(new Error('enough')), 50);
  await assert.rejects(asked, /enough/);
  assert.equal(one.requests.length, 1);
});

test('an error of our own disk is not tried again', async () => {
  await using one = await makeFixture([status(200)]);
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC', path: '/scratch/x' });
  const asked = one.client.get('ab', () => Promise.reject(full), new AbortController().signal);
  await assert.rejects(asked, full);
  assert.equal(one.requests.length, 1);
});
