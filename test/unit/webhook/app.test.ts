/** What the webhook answers over HTTP: reviews, health, and sentences for everything else. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { reasons } from '../../../src/admission/reasons.ts';
import { podNaming, reference, reviewOf } from '../../support/cluster/objects.ts';
import { type RunningApp, startApp } from '../../support/webhook/app.ts';

let app: RunningApp;
before(async () => {
  app = await startApp();
});
after(() => app?.[Symbol.asyncDispose]());

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${app.url}/mutate`, { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } });

/** Asserts that the answer is one plain sentence with this status, and returns it. */
async function sentence(answer: Response, status: number): Promise<string> {
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
  assert.match(text, /^(?!<)[^\n]+\n$/);
  assert.doesNotMatch(text, /\bat .*:\d+/);
  return text;
}

describe('a review', () => {
  test('of an annotated pod is answered with a patch, under its own uid', async () => {
    const answer = await post(JSON.stringify(reviewOf(podNaming(reference))));
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    const { apiVersion, kind, response } = JSON.parse(await answer.text());
    assert.deepEqual([apiVersion, kind], ['admission.k8s.io/v1', 'AdmissionReview']);
    assert.equal(response.uid, '705ab4f5-6393-11e8-b7cc-42010a800002');
    assert.equal(response.allowed, true);
    assert.equal(response.patchType, 'JSONPatch');
  });
  test('whose pod names another namespace than the request is denied', async () => {
    const pod = podNaming(reference, { namespace: 'team-b' });
    const { response } = JSON.parse(await (await post(JSON.stringify(reviewOf(pod)))).text());
    assert.equal(response.allowed, false);
    assert.equal(response.status.code, 400);
    assert.match(response.status.message, /namespace team-b but is created in team-a/);
  });
  test('whose pod has no namespace belongs to the namespace of the request', async () => {
    const { response } = JSON.parse(await (await post(JSON.stringify(reviewOf(podNaming(reference))))).text());
    assert.equal(response.allowed, true);
  });
  test('with a uid but a pod that can not be read is denied, not failed', async () => {
    const pod = { ...podNaming(reference), spec: { containers: 'all of them' } };
    const answer = await post(JSON.stringify(reviewOf(pod)));
    assert.equal(answer.status, 200);
    const { response } = JSON.parse(await answer.text());
    assert.deepEqual([response.allowed, response.status.code, response.status.reason], [false, 400, 'BadRequest']);
  });
  test('of 3 MiB, which is the largest that an API server sends, is answered', async () => {
    const pod = podNaming(reference, { annotations: { 'example.com/blob': 'x'.repeat(3 * 2 ** 20) } });
    const answer = await post(JSON.stringify(reviewOf(pod)));
    assert.equal(answer.status, 200);
  });
});

describe('what is no review', () => {
  test('JSON that breaks off: 400, and the body is not quoted', async () => {
    const text = await sentence(await post('{"password": "hunter2'), 400);
    assert.equal(text, 'the request is no JSON object\n');
    assert.doesNotMatch(app.log(), /hunter2/);
  });
  test('other JSON: 400, naming the first field that is wrong', async () => {
    assert.match(await sentence(await post('[]'), 400), /no AdmissionReview of admission\.k8s\.io\/v1/);
    const old = { ...reviewOf({}), apiVersion: 'admission.k8s.io/v1beta1' };
    assert.match(await sentence(await post(JSON.stringify(old)), 400), /: apiVersion: /);
    assert.match(await sentence(await post(JSON.stringify(reviewOf({}, { uid: '' }))), 400), /: request\.uid: /);
  });
  test('no body at all, another encoding, another charset: 400 or 415', async () => {
    await sentence(await post(''), 400);
    await sentence(await post('{}', { 'Content-Encoding': 'gzip' }), 415);
    await sentence(await post('{}', { 'Content-Type': 'application/json; charset=ebcdic' }), 415);
  });
  test('more than 3.25 MiB: 413', async () => {
    assert.equal(
      await sentence(await post(`"${'x'.repeat(3.25 * 2 ** 20)}"`), 413),
      'the request is larger than 3.25 MiB, which no review of a pod is: the API server takes 3 MiB\n',
    );
  });
  test('another method or path: 405 with the right method, 404 with the right paths', async () => {
    const get = await fetch(`${app.url}/mutate`);
    assert.equal(get.headers.get('allow'), 'POST');
    assert.equal(await sentence(get, 405), '/mutate only takes POST\n');
    assert.match(
      await sentence(await fetch(`${app.url}/validate`), 404),
      /POST \/mutate, GET \/healthz and GET \/readyz/,
    );
    await sentence(await fetch(`${app.url}/%E0%A4%A`), 404);
  });
});

test('a bug is a denial that names the uid and nothing else; its stack is in the log', async () => {
  await using broken = await startApp({
    ensureClaim: async () => {
      throw new TypeError('hunter2 of undefined');
    },
  });
  const body = JSON.stringify(reviewOf(podNaming(reference)));
  const answer = await fetch(`${broken.url}/mutate`, { method: 'POST', body });
  assert.equal(answer.status, 200);
  const { response } = JSON.parse(await answer.text());
  assert.deepEqual(response, {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    allowed: false,
    status: {
      code: 500,
      reason: 'InternalError',
      message:
        "dvc-injector: a bug ended this review; the webhook's log has the details under uid 705ab4f5-6393-11e8-b7cc-42010a800002",
    },
  });
  assert.match(broken.log(), /"level":"error".*"stack":"TypeError: hunter2/);
  assert.match(await broken.metrics.registry.metrics(), /\{decision="deny",reason="internal-error"\} 1/);
});

test('a replica that is leaving is not ready, still answers, and ends each connection with its answer', async () => {
  await using leaving = await startApp();
  assert.equal((await fetch(`${leaving.url}/readyz`)).status, 200);
  leaving.readiness.shutDown();
  const readyz = await fetch(`${leaving.url}/readyz`);
  assert.deepEqual([readyz.status, await readyz.text()], [503, 'shutting down\n']);
  assert.equal((await fetch(`${leaving.url}/healthz`)).status, 200);
  const answer = await fetch(`${leaving.url}/mutate`, {
    method: 'POST',
    body: JSON.stringify(reviewOf(podNaming(null))),
  });
  assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close']);
});

test('every reason has its counter before it ever occurs', async () => {
  await using fresh = await startApp();
  const text = await fresh.metrics.registry.metrics();
  for (const [reason, { decision }] of Object.entries(reasons)) {
    assert.ok(
      text.includes(`dvc_injector_admission_decisions_total{decision="${decision}",reason="${reason}"} 0\n`),
      reason,
    );
  }
});
