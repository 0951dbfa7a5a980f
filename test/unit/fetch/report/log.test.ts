/** A line of the log commands no terminal that shows it, and still says exactly what was logged. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog, type Log, type Secrecy } from '../../../../src/fetch/report/log.ts';

/** What such a log writes. */
function written(t: TestContext, environment: NodeJS.ProcessEnv, use: (log: Log & Secrecy) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  use(createLog({ fd, write: () => assert.fail('only a terminal is written to like this') }, environment));
  closeSync(fd);
  return readFileSync(path, 'utf8');
}

test('characters that a terminal obeys stand escaped in the JSON, whose values are as they were', (t) => {
  const evil = '\u001b[2J\u007f\u009b2J\u2028\u202e\u2069é日😀"\\';
  const text = written(t, {}, (log) => log.info({ evil }, evil));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
  const { evil: field, msg } = JSON.parse(text) as Record<string, string>;
  assert.deepEqual([field, msg], [evil, evil]);
});

test('no secret gets into a line, whoever logs it, at whatever depth and level, and of whatever it became known', (t) => {
  const environment = { password: 'hunter2hunter2\n', AZURE_STORAGE_KEY: 'azure+"key' };
  const text = written(t, environment, (log) => {
    log.hide('read-from-a-file');
    const why = 'the server says hunter2hunter2 and azure+"key and read-from-a-file at https://me:pw@host/x';
    log.info({ why, deep: [{ why }], count: 1, error: new Error(why) }, why);
    log.child({}).warn(why);
    log.error(why);
  });
  for (const secret of ['hunter2', 'azure+', 'read-from', 'me:pw']) assert.ok(!text.includes(secret), text);
  const [first, ...others] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const clean = 'the server says [redacted] and [redacted] and [redacted] at https://[redacted]@host/x';
  assert.deepEqual([first.why, first.deep, first.count, first.msg], [clean, [{ why: clean }], 1, clean]);
  assert.deepEqual(
    others.map(({ msg }) => msg),
    [clean, clean],
  );
});

test('a full disk under the log ends no fetch, and changes neither its exit code nor its last sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-log-'));
  const full = openSync('/dev/full', 'w');
  try {
    const message = join(folder, 'message');
    writeFileSync(message, '');
    const { status, stderr } = spawnSync(process.execPath, ['src/cli.ts', 'fetch', '--dataset', 'none'], {
      cwd: join(import.meta.dirname, '../../../..'),
      env: { PATH: process.env.PATH, DVC_INJECTOR_TERMINATION_LOG: message },
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    assert.deepEqual({ status, stderr }, { status: 64, stderr: '' });
    assert.match(readFileSync(message, 'utf8'), /^the reference has no/);
  } finally {
    closeSync(full);
    rmSync(folder, { recursive: true });
  }
});
