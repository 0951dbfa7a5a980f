/** That figures read as people say them, at the edges of their units too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { howMany, humanBytes, humanDuration } from '../../../../src/fetch/report/format.ts';

function table(of: (value: number) => string, rows: [number, string][]): void {
  for (const [value, text] of rows) assert.equal(of(value), text);
}

test('counts have their thousands apart and their noun in the right number', () => {
  table(
    (count) => howMany(count, 'file'),
    [
      [0, '0 files'],
      [1, '1 file'],
      [999, '999 files'],
      [6400, '6,400 files'],
      [5_000_000, '5,000,000 files'],
    ],
  );
});

test('bytes have three digits at most, and no unit is ever a thousand of the one below', () => {
  table(humanBytes, [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [26_100_000, '26.1 MB'],
    [52_000_000, '52 MB'],
    [99_949, '99.9 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [120e9, '120 GB'],
    [1.25e12, '1.3 TB'],
    [3000e12, '3000 TB'],
  ]);
});

test('a duration is as exact as it matters', () => {
  table(humanDuration, [
    [0, '0 s'],
    [0.42, '0.4 s'],
    [12, '12 s'],
    [75, '75 s'],
    [119.4, '119 s'],
    [119.6, '2 min'],
    [600, '10 min'],
    [80 * 60, '80 min'],
    [140 * 60, '2 h 20 min'],
    [72 * 3600, '3 days'],
  ]);
});
