/** How long the native client waits before it asks again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfter, RetryableResponse } from '../../../../src/fetch/s3/retry.ts';

test('pauses grow, are spread by chance, and stay within seconds', () => {
  const between = (tried: number) => [0, 0.999].map((chance) => Math.round(pauseAfter(tried, null, chance)));
  assert.deepEqual([1, 2, 3, 4].map(between), [
    [100, 300],
    [200, 600],
    [400, 1199],
    [800, 2398],
  ]);
  for (const tried of [6, 10, 50]) assert.deepEqual(between(tried), [2500, 7495]);
});

test('a server’s own wish counts, unless the usual pause is longer or it asks for minutes', () => {
  assert.equal(pauseAfter(1, 3, 0), 3_000);
  assert.ok(pauseAfter(1, 3, 0.9) > 3_000, 'not all at the same moment');
  assert.equal(pauseAfter(10, 1, 0), 2_500);
  assert.ok(pauseAfter(1, 120, 0.999) <= 11_000);
});

test('a wish is a number of seconds, and anything else is none', () => {
  const wish = (header: unknown) => new RetryableResponse(503, header).retryAfter;
  assert.equal(wish('120'), 120);
  for (const other of [undefined, '', '-1', '1e9', 'Fri, 31 Dec 1999 23:59:59 GMT', ['1', '2']])
    assert.equal(wish(other), null);
});
