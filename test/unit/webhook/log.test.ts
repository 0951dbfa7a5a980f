/** That the log keeps no secrets, even if somebody hands it one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
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

/** Logs a line now and one later, and ends by itself or by an error that nobody catches. */
const program = `
import { makeLogger } from './src/webhook/log.ts';
const log = makeLogger();
log.info('the first');
setTimeout(() => {
  log.info('the last');
  if (process.argv[1] === 'uncaught') throw new Error('nobody catches this');
}, 50);
`;

/** stdout, and stderr where it is given, are the file that has no room. */
function runOnFullDisk(how: string, stderr?: 'full') {
  const full = openSync('/dev/full', 'w');
  try {
    return spawnSync(process.execPath, ['--input-type=module', '-e', program, how], {
      cwd: join(import.meta.dirname, '../../..'),
      stdio: ['ignore', full, stderr === 'full' ? full : 'pipe'],
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
  } finally {
    closeSync(full);
  }
}

test('a log on a full disk neither ends the process nor keeps it from its end, and is told of once', () => {
  const { status, signal, stderr } = runOnFullDisk('');
  assert.deepEqual({ status, signal }, { status: 0, signal: null });
  assert.match(stderr, /^dvc-injector webhook: the log can't be written to stdout: ENOSPC.*\n$/);
  assert.deepEqual(runOnFullDisk('', 'full').status, 0);
  const uncaught = runOnFullDisk('uncaught');
  assert.deepEqual({ status: uncaught.status, signal: uncaught.signal }, { status: 1, signal: null });
  assert.match(uncaught.stderr, /Error: nobody catches this/);
});

test('what a process logs in its last turn is written, be it ever so much', () => {
  const long = `
    import { makeLogger } from './src/webhook/log.ts';
    const log = makeLogger();
    for (let line = 0; line < 2000; line += 1) log.info({ line }, 'x'.repeat(100));
    process.exit(3);
  `;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', long], {
    cwd: join(import.meta.dirname, '../../..'),
    encoding: 'utf8',
  });
  assert.equal(status, 3);
  const lines = stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((text) => JSON.parse(text).line),
    lines.map((_, line) => line),
  );
  assert.equal(lines.length, 2000);
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
