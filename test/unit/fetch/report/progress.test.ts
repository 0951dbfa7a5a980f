/** That progress is told in time: to a collector, to a person and to those who wait, and never after the end. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as afterCallbacks } from 'node:timers/promises';
import { createLog, type Log } from '../../../../src/fetch/report/log.ts';
import { type ProgressFigures, startProgress } from '../../../../src/fetch/report/progress.ts';
import { testClock } from '../../../support/fetch/clock.ts';
import { drawn } from '../../../support/fetch/screen.ts';

type Report = (figures: ProgressFigures) => Promise<void>;

/** A progress whose clock and timers go forward together, by hand. */
function start(t: TestContext, log: Log, report: Report = async () => {}) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const clock = testClock();
  const progress = startProgress(log, report, clock);
  return {
    progress,
    async forward(seconds: number) {
      clock.forward(seconds);
      t.mock.timers.tick(seconds * 1000);
      await afterCallbacks();
    },
  };
}

/** A log as it is without a terminal, and its lines. */
function fileLog(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-log-'));
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  t.after(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  const read = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const lines = () => read().map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log: createLog({ fd, write: () => assert.fail('only a terminal is written to like this') }), lines };
}

function terminalLog(columns = 80, environment: NodeJS.ProcessEnv = {}) {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  return { log: createLog({ isTTY: true, fd: -1, columns, write }, environment), text: () => text };
}

test('a phase begins with a line and has one every five seconds, with figures of the transfer', async (t) => {
  const { log, lines } = fileLog(t);
  const reports: ProgressFigures[] = [];
  const { progress, forward } = start(t, log, async (figures) => void reports.push(figures));
  await progress.begin('commit');
  progress.expect({ objects: 100, files: 120 });
  await progress.begin('transfer', 120);
  for (let i = 0; i < 20; i++) progress.add(10); // linked from the cache
  for (let i = 0; i < 50; i++) progress.downloaded(1000);
  await forward(5);
  assert.deepEqual(
    lines().map(({ time: _, level: __, ...line }) => line),
    [
      { phase: 'commit', msg: 'fetching the commit with git' },
      {
        phase: 'transfer',
        files: 0,
        of: 120,
        bytes: 0,
        rate: 0,
        downloadedFiles: 0,
        toDownload: 100,
        downloadedBytes: 0,
        msg: 'fetching objects and writing files to the volume',
      },
      {
        phase: 'transfer',
        files: 20,
        of: 120,
        bytes: 200,
        rate: 10_000,
        eta: 5,
        downloadedFiles: 50,
        toDownload: 100,
        downloadedBytes: 50_000,
        msg: 'fetching objects and writing files to the volume',
      },
    ],
  );
  assert.deepEqual(
    reports.map(({ phase, eta }) => [phase, eta]),
    [
      ['commit', undefined],
      ['transfer', undefined],
      ['transfer', 5],
    ],
  );
  await progress.stop();
});

test('work that is told only when the transfer has begun, and again when it turns out otherwise, counts', async (t) => {
  const { log, lines } = fileLog(t);
  const { progress, forward } = start(t, log);
  await progress.begin('transfer');
  progress.expect({ objects: 3, files: 4 });
  await forward(5);
  progress.expect({ objects: 5, files: 4 });
  await forward(5);
  assert.deepEqual(
    lines().map(({ of, toDownload }) => [of, toDownload]),
    [
      [undefined, 0],
      [4, 3],
      [4, 5],
    ],
  );
  await progress.stop();
});

test('a report that hangs does not silence the log, and one that fails does not end the fetch', async (t) => {
  const { log, lines } = fileLog(t);
  let calls = 0;
  const { progress, forward } = start(t, log, async () => {
    calls += 1;
    if (calls === 1) throw new Error('the volume is full');
    if (calls === 2) await new Promise(() => {});
  });
  await progress.begin('check');
  for (let i = 0; i < 4; i++) await forward(5);
  assert.equal(lines().length, 5);
  assert.equal(calls, 2);
});

test('after the end there is no line and no report', async (t) => {
  const { log, lines } = fileLog(t);
  let reports = 0;
  const { progress, forward } = start(t, log, async () => {
    reports += 1;
  });
  await progress.begin('check');
  await progress.stop();
  await forward(60);
  assert.deepEqual([lines().length, reports], [1, 1]);
});

test('at a terminal one live line is drawn several times a second, and leaves nothing behind', async (t) => {
  const { log, text } = terminalLog();
  const { progress, forward } = start(t, log);
  progress.expect({ objects: 0, files: 6400 });
  await progress.begin('transfer', 6400);
  const before = text().length;
  for (let i = 0; i < 20; i++) {
    for (let j = 0; j < 80; j++) progress.add(5000);
    await forward(0.2);
  }
  assert.deepEqual(drawn(text(), 80), ['1,600 of 6,400 files  8 MB  2 MB/s  about 12 s left']);
  assert.ok(text().slice(before).split('1,').length > 5, text());
  log.info('an event');
  assert.equal(drawn(text(), 80).length, 2);
  await progress.stop();
  const rows = drawn(text(), 80);
  assert.equal(rows.length, 1);
  assert.match(rows[0] ?? '', /an event$/);
});

test('a dumb terminal gets the same as a plain line every five seconds', async (t) => {
  const { log, text } = terminalLog(80, { TERM: 'dumb' });
  const { progress, forward } = start(t, log);
  await progress.begin('publish', 10);
  progress.add(1000);
  for (let i = 0; i < 30; i++) await forward(0.2);
  await progress.stop();
  const lines = text().split('\n').slice(0, -1);
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /publishing the dataset {2}1 of 10 files {2}1 kB {2}200 B\/s$/);
});

test('the summary has what was downloaded, at what rate, and what cost no download', async (t) => {
  const { log } = fileLog(t);
  const { progress, forward } = start(t, log);
  await progress.begin('commit');
  await forward(2);
  progress.expect({ objects: 2, files: 5 });
  await progress.begin('transfer', 5);
  await forward(4);
  for (let i = 0; i < 2; i++) progress.downloaded(1000);
  await forward(4);
  for (let i = 0; i < 5; i++) progress.add(1000);
  assert.deepEqual(progress.summary({ files: 5, bytes: 5000 }), {
    files: 5,
    bytes: 5000,
    downloadedFiles: 2,
    downloadedBytes: 2000,
    fromCache: 3,
    seconds: 10,
    rate: 500,
  });
  await progress.stop();
});

test('the summary of a fetch in which nothing moved has no rate', async (t) => {
  const { log } = fileLog(t);
  const { progress } = start(t, log);
  await progress.begin('check');
  assert.equal('rate' in progress.summary({ files: 5, bytes: 5000 }), false);
  await progress.stop();
});
