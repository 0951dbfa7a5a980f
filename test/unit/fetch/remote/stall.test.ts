/** Which remotes count as dead: those that are silent, and those that only trickle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stallDetector } from '../../../../src/fetch/remote/stall.ts';

/** The second of the first verdict, for bytes that come at this rate in steps of so many seconds; null for none in an hour. */
function dead(patience: number, bytesPerSecond: (second: number) => number, step = 0.25): number | null {
  let now = 0;
  let received = 0;
  const isStalled = stallDetector(patience, () => now * 1000);
  isStalled(received);
  while (now < 3600) {
    now += step;
    received += bytesPerSecond(now) * step;
    if (isStalled(received)) return now;
  }
  return null;
}

test('a kilobyte a second is enough, however it is cut', () => {
  for (const step of [0.25, 0.5, 1, 7, 59])
    assert.equal(
      dead(60, () => 1024, step),
      null,
      `${step}`,
    );
});

test('less is not, though it never falls silent', () => {
  assert.equal(
    dead(60, () => 1000),
    60.25,
  );
  assert.equal(
    dead(60, () => 1),
    60.25,
  );
});

test('a remote that falls silent is waited for from its last kilobyte on', () => {
  const at = dead(10, (second) => (second <= 100 ? 50_000 : 0));
  assert.ok(at !== null && at > 110 && at <= 111.5, `${at}`);
});

test('a burst makes up for a silence before it that was not too long', () => {
  assert.equal(
    dead(60, (second) => (Math.floor(second) % 50 === 0 ? 1024 * 50 : 0)),
    null,
  );
});

test('a download that is broken off and begun again does not have to catch up first', () => {
  let now = 0;
  let received = 0;
  const isStalled = stallDetector(300, () => now * 1000);
  isStalled(received);
  for (; now < 2000; now += 0.25) {
    received = now === 333 ? 0 : received + 750_000;
    assert.ok(!isStalled(received), `at ${now} s`);
  }
});
