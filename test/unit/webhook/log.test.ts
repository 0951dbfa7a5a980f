/** That the log keeps no secrets, even if somebody hands it one. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { makeLogger } from '../../../src/webhook/log.ts';
import { metricTable } from '../../../src/webhook/metrics.ts';
import { timeouts } from '../../../src/webhook/servers.ts';

test('a pod, a request or an error of the client that is logged by mistake loses what could be secret', () => {
  let text = '';
  const log = makeLogger(
    new PassThrough().on('data', (chunk) => {
      text += chunk;
    }),
  );
  const pod = { metadata: { name: 'train', annotations: { a: 'hunter2' } }, spec: { env: ['hunter2'] } };
  const headers = { authorization: 'Bearer hunter2' };
  log.warn({ pod, request: { headers }, review: { object: pod }, token: 'hunter2' }, 'a mistake');
  log.error({ err: Object.assign(new Error('failed'), { body: '{"data":"hunter2"}', headers }) }, 'another');
  assert.doesNotMatch(text, /hunter2/);
  const [first] = text.split('\n').map((line) => (line === '' ? null : JSON.parse(line)));
  assert.equal(first.pod.metadata.name, 'train');
  assert.match(first.time, /^\d{4}-\d\d-\d\dT.*Z$/);
});

test('a connection stays open for longer than the API server would reuse it', () => {
  assert.ok(timeouts.keepAliveTimeout > 90_000);
});

test('metrics are named as Prometheus wants them', () => {
  for (const { name, type, help } of Object.values(metricTable)) {
    assert.match(name, /^dvc_injector_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter');
    assert.match(help, /\.$/);
  }
});
