/** A short attack in every run of the tests, without the kernel's own limit: the long one is `npm run soak -- admission`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenPromises } from './findings.ts';
import { soakAdmission } from './soak-admission.ts';
import { attackTable } from './table.ts';

test('under all attacks at once good reviews are answered rightly, by one process within its memory', async (t) => {
  const options = { seconds: 20, connections: 400, good: 20, only: undefined, controlGroup: false };
  const result = await soakAdmission(options, new AbortController().signal, () => {});
  for (const line of attackTable(result)) t.diagnostic(line);
  assert.deepEqual(brokenPromises(result), []);
});
