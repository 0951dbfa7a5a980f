/** What each failure of a call means: by status, never by text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiException } from '@kubernetes/client-node';
import { backOff } from '../../../src/kubernetes/back-off.ts';
import { apiFailure } from '../../../src/kubernetes/failure.ts';

const status = (code: number, reason: string, message = 'words') =>
  new ApiException(code, 'Unknown API Status Code!', JSON.stringify({ kind: 'Status', reason, message }), {});

test('409 is "somebody was first" or "somebody changed it", by its reason', () => {
  assert.equal(apiFailure(status(409, 'AlreadyExists')).kind, 'already-exists');
  assert.equal(apiFailure(status(409, 'Conflict')).kind, 'conflict');
});

test('what the API server will not do is refused, in its own words', () => {
  assert.deepEqual(apiFailure(status(403, 'Forbidden', 'exceeded quota: q')), {
    kind: 'refused',
    message: 'exceeded quota: q',
    code: 403,
  });
  assert.equal(apiFailure(status(422, 'Invalid')).kind, 'refused');
  assert.equal(apiFailure(status(404, 'NotFound')).kind, 'not-found');
});

test('what passes with time is unavailable: load, a restart, a token that is being rotated', () => {
  for (const code of [401, 408, 429, 500, 502, 503, 504])
    assert.equal(apiFailure(status(code, '')).kind, 'unavailable');
});

test('a proxy that answers HTML, an object, or nothing is no trouble', () => {
  for (const body of ['<html>', '', undefined, null, [], { message: 3 }, 'null']) {
    assert.deepEqual(apiFailure(new ApiException(502, 'x', body, {})), {
      kind: 'unavailable',
      message: 'HTTP 502',
      code: 502,
    });
  }
  assert.equal(apiFailure(new ApiException(403, 'x', { message: 'parsed already' }, {})).message, 'parsed already');
});

test('of a connection that failed, the cause is told', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:6443');
  const failed = new TypeError('fetch failed', { cause: refused });
  assert.deepEqual(apiFailure(failed), { kind: 'unavailable', message: refused.message });
  const both = new TypeError('fetch failed', { cause: new AggregateError([refused]) });
  assert.equal(apiFailure(both).message, refused.message);
  assert.equal(apiFailure('what?').message, 'what?');
});

test('waiting doubles from the first to the most, and is never the same for all', () => {
  const longest = [1, 2, 3, 4, 5, 100, 5000].map((failures) => backOff(failures, 500, 4_000, () => 1));
  assert.deepEqual(longest, [500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000]);
  assert.equal(
    backOff(3, 500, 4_000, () => 0),
    1_000,
  );
});
