/** A short soak of random repositories in every run of the tests: the long one is `npm run soak -- repositories`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorkshop } from '../../support/repositories/compare.ts';
import { soakRepositories } from './soak.ts';

test('ten repositories of random shapes are fetched and refused as by DVC', async () => {
  await using workshop = await openWorkshop();
  const { fetched, refused } = await soakRepositories(workshop, { runs: 10, seed: 1 });
  assert.equal(fetched + refused, 10);
  assert.ok(fetched > 2, `${fetched} fetched`);
});
