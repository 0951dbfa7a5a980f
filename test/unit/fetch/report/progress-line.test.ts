/** That the line of progress fits wherever it is drawn, and gives up what matters least. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressLine, waitingLine } from '../../../../src/fetch/report/progress-line.ts';

const figures = { files: 3214, of: 6400, bytes: 26_100_000, rate: 8_400_000, eta: 12 };

test('with room for all, phase and figures stand on one line', () => {
  assert.equal(
    progressLine('writing', figures, 3, 200),
    'writing  3,214 of 6,400 files  26.1 MB  8.4 MB/s  about 12 s left',
  );
});

test('a narrower terminal loses phase, bytes, rate and time left in this order, and the files last', () => {
  const lines = [60, 50, 40, 30].map((width) => progressLine('writing', figures, 3, width));
  assert.deepEqual(lines, [
    '3,214 of 6,400 files  26.1 MB  8.4 MB/s  about 12 s left',
    '3,214 of 6,400 files  8.4 MB/s  about 12 s left',
    '3,214 of 6,400 files  about 12 s left',
    '3,214 of 6,400 files',
  ]);
});

test('no line is ever wider than it may be', () => {
  for (let width = 0; width < 100; width++) {
    const fetching = progressLine('writing files', { ...figures, downloadedFiles: 1, toDownload: 2 }, 3, width);
    assert.ok(fetching.length <= width, `${fetching} in ${width}`);
    assert.ok(waitingLine('leader silent for 75 s', figures, 90, width).length <= width);
  }
});

test('downloads are told while there are any left', () => {
  const part = (downloadedFiles: number) =>
    progressLine('x', { ...figures, downloadedFiles, toDownload: 6000 }, 3, 200);
  assert.match(part(3300), / 3,300 of 6,000 downloaded /);
  assert.doesNotMatch(part(6000), /downloaded/);
});

test('a phase without figures tells how long it lasts, so that it does not look like a hang', () => {
  const none = { files: 0, of: 0, bytes: 0 };
  assert.equal(progressLine('fetching the commit with git', none, 34.9, 80), 'fetching the commit with git  34 s');
  assert.equal(waitingLine('fetching the commit with git', none, 5, 80), 'waiting 5 s  fetching the commit with git');
});

test("a waiter's line keeps how long it waits and that the leader is silent", () => {
  assert.equal(waitingLine('leader silent for 75 s', figures, 90, 42), 'waiting 90 s  leader silent for 75 s');
});
