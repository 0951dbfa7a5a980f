/** A short soak in every run of the tests: the long one is `npm run soak`. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Soak, soak } from './soak.ts';
import { tableOf } from './table.ts';

const kills = 8;
let result: Soak;
before(async () => {
  const options = { kills, seed: 1, files: 2000, downloadKills: 10 };
  result = await soak(options, new AbortController().signal, () => {});
});

test(`${kills} fetchers killed at random instants break no promise, and each fetch is ended by the next`, (t) => {
  for (const line of tableOf(result)) t.diagnostic(line);
  const findings = result.findings.filter((finding) => !finding.startsWith('downloads:'));
  assert.deepEqual(findings, []);
  assert.equal(result.volumeRuns.flatMap((volumeRun) => volumeRun.hits).length, kills);
  assert.ok(
    result.volumeRuns.every((volumeRun) => volumeRun.looks > 0),
    'somebody looked all the time',
  );
});

test('a fetch that is killed ten times downloads no more than half of the dataset twice', () => {
  assert.equal(result.downloads?.kills, 10);
  assert.deepEqual(result.downloads?.findings, []);
});
