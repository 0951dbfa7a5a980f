/** Sends damaged reviews to a webhook and holds each answer to what is promised: a valid review with their uid, or a sentence. */
import assert from 'node:assert/strict';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import jsonPatch, { type Operation } from 'fast-json-patch';
import pLimit from 'p-limit';
import { type Answer, post } from '../webhook/https.ts';
import { damaged, makeRandom } from './damage.ts';
import { seedsIn } from './seeds.ts';

/** How many answers of each kind came. */
export interface Seen {
  allowed: number;
  patched: number;
  denied: number;
  refused: number;
}

export interface DamagedReviews {
  rounds: number;
  /** The same damage for the same number. */
  seed: number;
  /** In which the pods are to be. */
  namespace: string;
  /** The authority of the webhook's certificate, where it is asked by https. */
  ca?: string;
  /** Called after each hundred, with the number of those sent. */
  onProgress?: (sent: number) => void;
  /** Ends it early. */
  signal?: AbortSignal;
}

/** Throws an AssertionError that names the round and the seed at the first answer that is none. `url` is the webhook's. */
export async function sendDamaged(
  url: string,
  { rounds, seed, namespace, ca, onProgress, signal }: DamagedReviews,
): Promise<Seen> {
  const random = makeRandom(seed);
  const seeds = seedsIn(namespace);
  const pool = { keepAlive: true, maxSockets: 8, ...(ca === undefined ? {} : { ca }) };
  const agent = ca === undefined ? new HttpAgent(pool) : new HttpsAgent(pool);
  const limit = pLimit(8);
  const seen: Seen = { allowed: 0, patched: 0, denied: 0, refused: 0 };
  const check = async (body: Buffer, round: number) => {
    const answer = await post(`${url}/mutate`, ca ?? '', body, { agent });
    for (const kind of kindsOf(answer, body, `round ${round} of seed ${seed}`)) seen[kind] += 1;
  };
  try {
    // Lazily, as all bodies at once would be gigabytes; in batches, as the random numbers must come in one order.
    for (let round = 0; round < rounds && !signal?.aborted; round += 100) {
      const bodies = Array.from({ length: 100 }, () => damaged(seeds, random));
      await Promise.all(bodies.map((body, index) => limit(() => check(body, round + index))));
      onProgress?.(round + 100);
    }
  } finally {
    agent.destroy();
  }
  return seen;
}

function kindsOf(answer: Answer, body: Buffer, round: string): (keyof Seen)[] {
  const where = `${round}: ${answer.status} ${answer.body.slice(0, 300)}`;
  if (answer.status !== 200) {
    assert.ok([400, 413].includes(answer.status), where);
    assert.match(String(answer.headers['content-type']), /^text\/plain/, where);
    assert.match(answer.body, /^(?!<)[^\n]+\n$/, where);
    return ['refused'];
  }
  const sent = JSON.parse(body.toString());
  const { response } = JSON.parse(answer.body);
  assert.equal(response.uid, sent.request.uid, where);
  assert.equal(typeof response.allowed, 'boolean', where);
  for (const warning of response.warnings ?? []) assert.match(warning, /^[^\n]{1,256}$/, where);
  if (!response.allowed) {
    assert.match(response.status.message, /^dvc-injector: [^\n]+$/, where);
    assert.ok(response.status.code >= 400 && response.status.code !== 500, where);
    return ['denied'];
  }
  if (response.patch === undefined) return ['allowed'];
  const operations = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as Operation[];
  jsonPatch.applyPatch(sent.request.object, operations, true);
  return ['allowed', 'patched'];
}
