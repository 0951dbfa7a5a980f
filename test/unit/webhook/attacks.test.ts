/** What strangers who reach the port may try: each is refused or ends by itself, and a good review beside it is answered. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { mostConnections } from '../../../src/webhook/servers.ts';
import { podNaming, reference, reviewOf } from '../../support/cluster/objects.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningApp, startApp } from '../../support/webhook/app.ts';
import { type Answer, ask, post } from '../../support/webhook/https.ts';

let app: RunningApp;
before(async () => {
  app = await startApp({ tls: true });
});
after(() => app?.[Symbol.asyncDispose]());

const MiB = 2 ** 20;
const good = JSON.stringify(reviewOf(podNaming(reference)));

async function assertGoodReviewIsAnswered(): Promise<void> {
  const { status, body } = await post(`${app.url}/mutate`, app.ca ?? '', good);
  assert.equal(status, 200, body);
  assert.equal(JSON.parse(body).response.patchType, 'JSONPatch');
}

async function assertRefused(answer: Promise<Answer>, status: number, sentence: RegExp): Promise<void> {
  const { status: found, body } = await answer;
  assert.equal(found, status, body);
  assert.match(body, sentence);
  await assertGoodReviewIsAnswered();
}

const send = (body: string | Buffer) => post(`${app.url}/mutate`, app.ca ?? '', body);

/** A connection on which the test writes bytes of its own, with all that comes back. */
async function open(): Promise<{ socket: TLSSocket; received: () => string; closed: Promise<unknown> }> {
  const socket = connectTls({ port: app.port, host: '127.0.0.1', ca: app.ca ?? '' });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  // The server closes it as it likes, in the middle of a write too.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'secureConnect');
  return { socket, received: () => text, closed };
}

const head = (...lines: string[]) => `${['POST /mutate HTTP/1.1', 'Host: webhook', ...lines].join('\r\n')}\r\n\r\n`;

describe('a body', () => {
  const around = (containers: string) =>
    JSON.stringify(reviewOf({ ...podNaming(reference), spec: { containers: 'HERE' } })).replace('"HERE"', containers);

  test('with half a million numbers for containers is refused before anything is made of it', () =>
    assertRefused(send(around(`[${'1,'.repeat(MiB / 2)}1]`)), 400, /^the request holds more than 50000 values/));

  test('with forty-five thousand is denied by the first', async () => {
    const { status, body } = await send(around(`[${'1,'.repeat(45_000)}1]`));
    assert.equal(status, 200);
    assert.match(JSON.parse(body).response.status.message, /can't be read: spec\.containers\.0: /);
  });

  test('of three megabytes of opening brackets is refused by its depth', () =>
    assertRefused(send('['.repeat(3 * MiB)), 400, /^the request is nested deeper than 100 levels/));

  test('with brackets, commas and quotes within texts is what it says it is', async () => {
    const annotations = { 'example.com/text': `${'[{,"\\'.repeat(40_000)}` };
    const { status, body } = await send(JSON.stringify(reviewOf(podNaming(reference, { annotations }))));
    assert.equal(status, 200, body);
    assert.equal(JSON.parse(body).response.allowed, true, body);
  });

  test('of eight megabytes is refused by its length', () =>
    assertRefused(send(Buffer.alloc(8 * MiB, '[')), 413, /^the request is larger than 3\.25 MiB/));

  test('that does not say its length, as chunked ones do not, is refused', () =>
    assertRefused(
      ask(`${app.url}/mutate`, app.ca ?? '', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }, good),
      411,
      /^the request does not say its length: send Content-Length/,
    ));

  test('that is compressed is refused', () =>
    assertRefused(
      ask(
        `${app.url}/mutate`,
        app.ca ?? '',
        { method: 'POST', headers: { 'Content-Encoding': 'gzip', 'Content-Length': good.length } },
        good,
      ),
      415,
      /send a review as uncompressed JSON/,
    ));

  test('with two lengths, a negative one, or a length and chunks is refused, and the connection ends', async () => {
    for (const lines of [
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Content-Length: -1'],
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    ]) {
      const { socket, received, closed } = await open();
      socket.write(`${head(...lines)}hello`);
      await closed;
      assert.match(received(), /^HTTP\/1\.1 400 /);
    }
    await assertGoodReviewIsAnswered();
  });

  test('longer than its length is no request, and the connection ends', async () => {
    const { socket, received, closed } = await open();
    socket.write(`${head(`Content-Length: ${Buffer.byteLength(good)}`)}${good}${'['.repeat(1000)}`);
    await closed;
    assert.match(received(), /HTTP\/1\.1 400 Bad Request/);
    await assertGoodReviewIsAnswered();
  });
});

test('forty unfinished bodies of three megabytes give way, the oldest first, with a word to ask again', async () => {
  const length = 3 * MiB;
  const stalled = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const connection = await open();
      connection.socket.write(head(`Content-Length: ${length}`));
      connection.socket.write(Buffer.alloc(length - 1, ' '));
      return connection;
    }),
  );
  await eventually('most of them were answered', async () => {
    const answered = stalled.filter(({ received }) => received() !== '');
    return answered.length >= 30;
  });
  for (const { received } of stalled.filter((each) => each.received() !== '')) {
    assert.match(received(), /^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: 1\r\n[\s\S]*too many reviews are being read/);
  }
  await assertGoodReviewIsAnswered();
  const metrics = await app.metrics.registry.metrics();
  assert.match(metrics, /\{decision="deny",reason="overloaded"\} [1-9]/);
  for (const { socket } of stalled) socket.destroy();
});

test('two hundred bodies that were announced and never sent hold nothing', async () => {
  const announced = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const connection = await open();
      connection.socket.write(head(`Content-Length: ${3 * MiB}`));
      return connection;
    }),
  );
  await assertGoodReviewIsAnswered();
  for (const { socket } of announced) socket.destroy();
});

test('whoever sends headers or a body too slowly, or says nothing at all, is not waited for', {
  timeout: 60_000,
}, async () => {
  const slowHeaders = await open();
  slowHeaders.socket.write('POST /mutate HTTP/1.1\r\nHost: ');
  const slowBody = await open();
  slowBody.socket.write(head('Content-Length: 1000'));
  const silent = await open();
  const half = connectTcp({ port: app.port, host: '127.0.0.1' });
  half.on('error', () => {});
  const halfClosed = new Promise((resolve) => half.once('close', resolve));
  const drip = setInterval(() => {
    for (const { socket } of [slowHeaders, slowBody]) if (!socket.destroyed) socket.write('x');
  }, 500);
  await assertGoodReviewIsAnswered();
  await Promise.all([slowHeaders.closed, slowBody.closed, silent.closed, halfClosed]);
  clearInterval(drip);
  for (const { received } of [slowHeaders, slowBody]) assert.match(received(), /^HTTP\/1\.1 408 /);
  await assertGoodReviewIsAnswered();
});

test('two thousand connections that say nothing close one another, and none that is in use', {
  timeout: 60_000,
}, async () => {
  const inUse = await open();
  const review = `${head(`Content-Length: ${Buffer.byteLength(good)}`)}${good}`;
  inUse.socket.write(review);
  await eventually('an answer', async () => inUse.received().includes('"allowed":true'));
  const sockets: Socket[] = [];
  let open_ = 0;
  for (let count = 0; count < 2 * mostConnections; count += 1) {
    const socket = connectTcp({ port: app.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.once('connect', () => {
      open_ += 1;
    });
    socket.once('close', () => {
      open_ -= 1;
    });
    sockets.push(socket);
    // In such numbers that the listening socket's queue takes them.
    if (count % 100 === 99) await sleep(20);
  }
  await eventually('no more than the bound are open', async () => open_ <= mostConnections);
  await assertGoodReviewIsAnswered();
  inUse.socket.write(review);
  await eventually(
    'a second answer on the first connection',
    async () => inUse.received().split('"allowed":true').length === 3,
  );
  for (const socket of [inUse.socket, ...sockets]) socket.destroy();
});

test('whoever holds every connection, each used once, keeps nobody out', { timeout: 60_000 }, async () => {
  const holders: TLSSocket[] = [];
  for (let count = 0; count < mostConnections; count += 1) {
    const { socket } = await open();
    socket.write('GET /healthz HTTP/1.1\r\nHost: webhook\r\n\r\n');
    holders.push(socket);
  }
  await eventually('the last one was answered', async () => (holders.at(-1)?.bytesRead ?? 0) > 0);
  for (let count = 0; count < 3; count += 1) await assertGoodReviewIsAnswered();
  for (const socket of holders) socket.destroy();
});

test('a body in records of one byte is counted for the memory that they take', { timeout: 60_000 }, async () => {
  const stalled = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const connection = await open();
      connection.socket.setNoDelay(true);
      connection.socket.write(head(`Content-Length: ${MiB}`));
      return connection;
    }),
  );
  // Each write is awaited, as Node would make one record of several.
  const writeByte = (socket: TLSSocket) => new Promise((resolve) => socket.write(' ', resolve));
  const anyGaveWay = () => stalled.some(({ received }) => received().includes(' 503 '));
  for (let round = 0; round < 16_000 && !anyGaveWay(); round += 1) {
    await Promise.all(stalled.filter(({ socket }) => !socket.destroyed).map(({ socket }) => writeByte(socket)));
  }
  await eventually('one had to give way', async () => anyGaveWay());
  await assertGoodReviewIsAnswered();
  for (const { socket } of stalled) socket.destroy();
});

test('reviews that do not wait for the answer before are answered in their order, or their connection ends', async () => {
  const send = async (count: number) => {
    const { socket, received } = await open();
    const uids = Array.from({ length: count }, (_, index) => `uid-${index}-`);
    const requests = uids.map((uid) => {
      const body = JSON.stringify(reviewOf(podNaming(reference), { uid }));
      return `${head(`Content-Length: ${Buffer.byteLength(body)}`)}${body}`;
    });
    socket.write(requests.join(''));
    await eventually('all answers, or the end', async () => {
      return socket.destroyed || received().split('HTTP/1.1 200 OK').length > count;
    });
    socket.destroy();
    const answered = [...received().matchAll(/"uid":"([^"]*)"/g)].map(([, uid]) => uid);
    assert.deepEqual(answered, uids.slice(0, answered.length));
    return answered.length;
  };
  assert.equal(await send(20), 20);
  // Node itself gives up a TLS connection whose answers are not read as quickly as more requests come.
  await send(2000);
  await assertGoodReviewIsAnswered();
});

test('HTTP/2 without asking, another protocol, or noise is no request, and the connection ends', async () => {
  for (const bytes of ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'SSH-2.0-OpenSSH_9.9\r\n', Buffer.alloc(1000, 0xff)]) {
    const { socket, received, closed } = await open();
    socket.write(bytes);
    await closed;
    assert.match(received(), /^HTTP\/1\.1 400 /);
  }
  const plain = connectTcp({ port: app.port, host: '127.0.0.1' });
  plain.write('GET /healthz HTTP/1.1\r\n\r\n');
  plain.on('error', () => {});
  await once(plain, 'close');
  await assertGoodReviewIsAnswered();
});
