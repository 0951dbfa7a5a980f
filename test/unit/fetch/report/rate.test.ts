/** That a rate is what goes through now: neither what once did, nor a single file's moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SlidingRate, slidingRate } from '../../../../src/fetch/report/rate.ts';
import { type TestClock, testClock } from '../../../support/fetch/clock.ts';

/** `perSecond` files of 100 bytes in each of these seconds. */
function flow(clock: TestClock, rate: SlidingRate, perSecond: number, seconds: number): void {
  for (let i = 0; i < seconds * perSecond; i++) {
    clock.forward(1 / perSecond);
    rate.add(100);
  }
}

function assertAbout(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= expected * 0.1, `${actual} is not about ${expected}`);
}

test('a steady flow is its own rate, from the first seconds on', () => {
  const clock = testClock();
  const rate = slidingRate(clock);
  for (const seconds of [2, 10, 100]) {
    flow(clock, rate, 50, seconds);
    assertAbout(rate.read().files, 50);
    assertAbout(rate.read().bytes, 5000);
    assertAbout(rate.read().peak, 50);
  }
});

test('before anything comes, and within the first moment, nothing is divided by nothing', () => {
  const clock = testClock();
  const rate = slidingRate(clock);
  assert.deepEqual(rate.read(), { files: 0, bytes: 0, peak: 0 });
  rate.add(100);
  assert.deepEqual(rate.read(), { files: 1, bytes: 100, peak: 1 });
});

test('what is older than the window counts no more', () => {
  const clock = testClock();
  const rate = slidingRate(clock);
  flow(clock, rate, 1000, 60);
  flow(clock, rate, 10, 16);
  assertAbout(rate.read().files, 10);
  assertAbout(rate.read().peak, 10);
});

test('in a stall the rate falls, and is 0 when a whole window has brought nothing', () => {
  const clock = testClock();
  const rate = slidingRate(clock);
  flow(clock, rate, 100, 30);
  clock.forward(10);
  assertAbout(rate.read().files, 30);
  clock.forward(10);
  assert.equal(rate.read().files, 0);
});

test('after a long stall the new flow counts at once, and alone as soon as it fills the window', () => {
  const clock = testClock();
  const rate = slidingRate(clock);
  flow(clock, rate, 100, 30);
  clock.forward(600);
  flow(clock, rate, 100, 8);
  assertAbout(rate.read().files, 53);
  flow(clock, rate, 100, 8);
  assertAbout(rate.read().files, 100);
});

test('large files that end more seldom than the window is long have a rate too, until they stop coming', () => {
  const clock = testClock();
  const rate = slidingRate(clock);
  for (let i = 0; i < 8; i++) {
    clock.forward(100);
    rate.add(10_000_000_000);
  }
  assertAbout(rate.read().bytes, 100_000_000);
  clock.forward(60);
  assert.ok(rate.read().bytes > 80_000_000);
  clock.forward(400);
  assert.equal(rate.read().bytes, 0);
});

test('whatever comes when, a rate is a number that is not negative', () => {
  const event = fc.record({ wait: fc.double({ min: 0, max: 500, noNaN: true }), bytes: fc.nat() });
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const clock = testClock();
      const rate = slidingRate(clock);
      for (const { wait, bytes } of events) {
        clock.forward(wait);
        rate.add(bytes);
        for (const value of Object.values(rate.read())) assert.ok(Number.isFinite(value) && value >= 0);
      }
    }),
  );
});
