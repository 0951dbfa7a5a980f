/** How long a remote may be silent: what the repository says, and DVC's own default where it says nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSeconds, usualReadSeconds } from '../../../../src/fetch/remote/patience.ts';

for (const [settings, seconds] of [
  [{}, usualReadSeconds],
  [{ read_timeout: '5' }, 5],
  [{ read_timeout: '900' }, 900],
  [{ read_timeout: '0' }, usualReadSeconds], // which would be no patience at all
] as const) {
  test(`${JSON.stringify(settings)} means ${seconds} s`, () => assert.equal(readSeconds({ settings }), seconds));
}
