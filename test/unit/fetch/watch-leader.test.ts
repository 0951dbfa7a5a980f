/** That a waiter says of its leader what is so, whatever the clocks of their nodes say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaderNote, waitingSentence, watchLeader } from '../../../src/fetch/watch-leader.ts';
import { testClock } from '../../support/fetch/clock.ts';

const progress = { files: 10, of: 20, bytes: 1000, rate: 100, eta: 7 };
const at = (updatedAt: string) => ({ phase: 'publish', updatedAt, progress });

test("a waiter tells its leader's phase and figures, with rate and time left", () => {
  const leader = watchLeader(testClock())(at('2026-01-01T00:00:00.000Z'));
  assert.deepEqual(leader, { phase: 'publish', figures: progress });
  assert.equal(waitingSentence(leader), 'waiting for another fetcher of the same dataset');
  assert.equal(leaderNote(leader), null);
});

test('a leader that has not written for a minute is called silent, and its rate and time left are told no more', () => {
  const clock = testClock();
  const watch = watchLeader(clock);
  watch(at('2026-01-01T00:00:00.000Z'));
  clock.forward(59);
  assert.equal(watch(at('2026-01-01T00:00:00.000Z')).silent, undefined);
  clock.forward(16);
  const leader = watch(at('2026-01-01T00:00:00.000Z'));
  assert.deepEqual(leader, { phase: 'publish', figures: { files: 10, of: 20, bytes: 1000 }, silent: 75 });
  assert.match(waitingSentence(leader), / \(leader silent for 75 s\)$/);
  assert.equal(leaderNote(leader), 'leader silent for 75 s');
});

test('each word of the leader ends its silence, even if its clock goes backwards', () => {
  const clock = testClock();
  const watch = watchLeader(clock);
  watch(at('2026-01-01T00:00:00.000Z'));
  clock.forward(100);
  assert.equal(watch(at('2025-12-31T00:00:00.000Z')).silent, undefined);
});

test("a leader's clock that is an hour behind makes it no more silent than it is", () => {
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  assert.equal(watchLeader(testClock())(at(hourAgo)).silent, undefined);
});

test('a leader that never wrote, and a phase that nobody knows, are unknown', () => {
  const clock = testClock();
  const watch = watchLeader(clock);
  assert.deepEqual(watch(null), { phase: 'unknown', figures: { files: 0, of: 0, bytes: 0 } });
  clock.forward(61);
  assert.equal(watch(null).silent, 61);
  assert.equal(watch({ phase: '\u001b[2J', updatedAt: 'x' }).phase, 'unknown');
});
