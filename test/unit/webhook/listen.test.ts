/** Where the servers can be reached. */
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { close, listen } from '../../../src/webhook/listen.ts';

const loopbacks = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, scopeid }) => internal && !scopeid)
  .map(({ address }) => address);

function ask(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host, port, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('without an address they answer at every one of the machine, of IPv6 too where it has some', async () => {
  const server = createServer((_, response) => response.end());
  const port = await listen(server, 0, undefined);
  try {
    assert.ok(loopbacks.includes('127.0.0.1'));
    for (const host of loopbacks) assert.equal(await ask(host, port), 200, host);
  } finally {
    await close(server, 0);
  }
});

test('with one they answer there alone', async () => {
  const server = createServer((_, response) => response.end());
  const port = await listen(server, 0, '127.0.0.1');
  try {
    assert.equal(await ask('127.0.0.1', port), 200);
    await assert.rejects(ask('127.0.0.2', port), { code: 'ECONNREFUSED' });
  } finally {
    await close(server, 0);
  }
});
