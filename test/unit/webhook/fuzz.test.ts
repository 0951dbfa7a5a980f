/** 10,000 damaged reviews against the real application: never a crash, a hang or an answer that isn't one. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import jsonPatch, { type Operation } from 'fast-json-patch';
import pLimit from 'p-limit';
import { damaged, makeRandom } from '../../support/fuzz/damage.ts';
import { seeds } from '../../support/fuzz/seeds.ts';
import { startApp } from '../../support/webhook/app.ts';

const rounds = 10_000;

test(`${rounds} damaged reviews are each answered: by a valid review with their uid, or by a sentence`, {
  timeout: 240_000,
}, async (t) => {
  const seed = Number(process.env.DVC_INJECTOR_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`DVC_INJECTOR_FUZZ_SEED=${seed}`);
  const random = makeRandom(seed);
  await using app = await startApp();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const limit = pLimit(8);
  const seen = { allowed: 0, patched: 0, denied: 0, refused: 0 };

  const check = async (body: Buffer, round: number) => {
    const answer = await post(`${app.url}/mutate`, agent, body);
    const where = `round ${round} of seed ${seed}: ${answer.status} ${answer.body.slice(0, 300)}`;
    if (answer.status !== 200) {
      assert.ok([400, 413].includes(answer.status), where);
      assert.match(answer.type, /^text\/plain/, where);
      assert.match(answer.body, /^(?!<)[^\n]+\n$/, where);
      seen.refused += 1;
      return;
    }
    const sent = JSON.parse(body.toString());
    const { response } = JSON.parse(answer.body);
    assert.equal(response.uid, sent.request.uid, where);
    assert.equal(typeof response.allowed, 'boolean', where);
    seen[response.allowed ? 'allowed' : 'denied'] += 1;
    if (!response.allowed) {
      assert.match(response.status.message, /^dvc-injector: [^\n]+$/, where);
      assert.ok(response.status.code >= 400, where);
    }
    for (const warning of response.warnings ?? []) assert.match(warning, /^[^\n]{1,256}$/, where);
    if (response.patch === undefined) return;
    const operations = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as Operation[];
    jsonPatch.applyPatch(sent.request.object, operations, true);
    seen.patched += 1;
  };

  // Lazily, as 10,000 bodies at once would be a gigabyte; in batches, as the random numbers must come in one order.
  for (let round = 0; round < rounds; round += 100) {
    const bodies = Array.from({ length: 100 }, () => damaged(seeds, random));
    await Promise.all(bodies.map((body, index) => limit(() => check(body, round + index))));
  }
  agent.destroy();
  t.diagnostic(JSON.stringify(seen));
  assert.ok(
    Object.values(seen).every((count) => count > rounds / 100),
    'every kind of answer was seen often',
  );
  const metrics = await app.metrics.registry.metrics();
  assert.match(metrics, /\{decision="deny",reason="internal-error"\} 0\n/, app.log().match(/.*"err".*/)?.[0]);
});

function post(url: string, agent: Agent, body: Buffer): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      text(response).then(
        (received) =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body: received }),
        reject,
      );
    });
    call.on('error', reject);
    call.end(body);
  });
}
