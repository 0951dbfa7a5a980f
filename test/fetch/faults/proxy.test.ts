/** The proxy's faults are what they say: a fault that isn't made would prove nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { eventually } from '../../support/eventually.ts';
import type { FaultyReply } from '../../support/s3/fault.ts';
import { type RecordingProxy, startRecordingProxy } from '../../support/s3/recording-proxy.ts';
import { listenOnLoopback } from '../../support/servers/loopback.ts';

const body = 'abcdefghij'.repeat(100);
const origin = createServer((_, response) => response.setHeader('content-length', body.length).end(body));
let proxy: RecordingProxy;
let target: string;
before(async () => {
  target = `http://127.0.0.1:${await listenOnLoopback(origin)}`;
  proxy = await startRecordingProxy(target);
});
after(async () => {
  await proxy?.stop();
  origin.close();
});

/** A client's view of the bytes on its connection, which HTTP libraries tidy up. */
interface Seen {
  head: string;
  body: Buffer;
  /** How the server ended the connection; undefined while it is open. */
  end: 'closed' | 'reset' | undefined;
}

/** Asks once over a connection that stays open for more, and returns what is seen as soon as `enough` says so. */
async function ask(fault: FaultyReply, enough: (seen: Seen) => boolean): Promise<Seen> {
  const undo = proxy.inject({ when: () => true, ...fault });
  const socket = connect(Number(new URL(proxy.endpoint).port), '127.0.0.1');
  let received = Buffer.alloc(0);
  let end: Seen['end'];
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.on('end', () => {
    end ??= 'closed';
  });
  socket.on('error', () => {
    end = 'reset';
  });
  socket.write('GET /object HTTP/1.1\r\nHost: x\r\n\r\n');
  const look = (): Seen => {
    const at = received.indexOf('\r\n\r\n');
    const head = at < 0 ? '' : received.subarray(0, at).toString().toLowerCase();
    return { head, body: at < 0 ? Buffer.alloc(0) : received.subarray(at + 4), end };
  };
  try {
    await eventually('the fault is seen', async () => enough(look()));
    return look();
  } finally {
    undo();
    socket.destroy();
  }
}

const ended = (seen: Seen) => seen.end !== undefined;

test('a body that is cut or reset ends before its Content-Length, in the two ways of TCP', async () => {
  const cut = await ask({ cutAfter: 300 }, ended);
  assert.deepEqual([cut.body.toString(), cut.end], [body.slice(0, 300), 'closed']);
  assert.match(cut.head, /content-length: 1000/);
  const reset = await ask({ resetAfter: 300 }, ended);
  assert.equal(reset.end, 'reset');
});

test('a body that stalls stops for good and keeps its connection', async () => {
  const seen = await ask({ stallAfter: 300 }, (each) => each.body.length >= 300);
  assert.deepEqual([seen.body.length, seen.end], [300, undefined]);
});

test('a body that trickles comes byte by byte, and is whole in the end', async () => {
  const begun = await ask({ trickle: 50 }, (each) => each.body.length > 0);
  assert.ok(begun.body.length < 100, `${begun.body.length} bytes at once`);
  const whole = await ask({ trickle: 0 }, (each) => each.body.length >= body.length);
  assert.equal(whole.body.toString(), body);
});

test('a body that is shortened has a Content-Length that agrees', async () => {
  const seen = await ask({ shortenTo: 300 }, (each) => each.body.length >= 300);
  assert.match(seen.head, /content-length: 300/);
  assert.equal(seen.body.toString(), body.slice(0, 300));
});

test('a body that is compressed says so, and is the same when unpacked', async () => {
  const undo = proxy.inject({ when: () => true, compress: 'gzip' });
  const asked = get(proxy.endpoint); // unlike fetch it unpacks nothing
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const packed = await buffer(response);
  undo();
  assert.equal(response.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(packed).toString(), body);
});

test('a body without a Content-Length is whole nevertheless', async () => {
  const undo = proxy.inject({ when: () => true, withoutLength: true });
  const response = await fetch(proxy.endpoint);
  undo();
  assert.equal(response.headers.get('content-length'), null);
  assert.equal(await response.text(), body);
});

test('a connection is closed after a whole answer, which had not announced it', async () => {
  const seen = await ask({ closeAfter: 0 }, ended);
  assert.deepEqual([seen.body.toString(), seen.end], [body, 'closed']);
  assert.doesNotMatch(seen.head, /connection: close/);
});

test('a refusal has the status, the code and the headers that were asked for', async () => {
  const undo = proxy.inject({
    when: () => true,
    reply: 403,
    code: 'RequestTimeTooSkewed',
    headers: { 'x-test': 'yes' },
  });
  const response = await fetch(proxy.endpoint);
  undo();
  assert.deepEqual([response.status, response.headers.get('x-test')], [403, 'yes']);
  assert.match(await response.text(), /<Code>RequestTimeTooSkewed</);
});

test('a proxy takes the place of one that was stopped', async () => {
  const first = await startRecordingProxy(target);
  await first.stop();
  await assert.rejects(fetch(first.endpoint));
  await using second = await startRecordingProxy(target, Number(new URL(first.endpoint).port));
  assert.equal(second.endpoint, first.endpoint);
  assert.equal(await (await fetch(first.endpoint)).text(), body);
  assert.ok(second.connections() > 0);
});
