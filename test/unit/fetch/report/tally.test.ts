/** That the estimate of the time left is one that a person can plan with, and is absent where there is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { startTally } from '../../../../src/fetch/report/tally.ts';
import { testClock } from '../../../support/fetch/clock.ts';

function transfer(objects: number, files: number) {
  const clock = testClock();
  const tally = startTally(files, true, clock);
  tally.expect({ objects, files });
  return { clock, tally };
}

function assertAbout(actual: number | undefined, expected: number): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= expected * 0.15,
    `${actual} is not about ${expected}`,
  );
}

test('a transfer tells its files, downloads and rate from the beginning, and no time left yet', () => {
  const { tally } = transfer(30, 40);
  assert.deepEqual(tally.figures(), {
    files: 0,
    of: 40,
    bytes: 0,
    rate: 0,
    downloadedFiles: 0,
    toDownload: 30,
    downloadedBytes: 0,
  });
});

test('while objects come, the rate is theirs, and the time left is what the rest of them takes', () => {
  const { clock, tally } = transfer(1000, 1000);
  for (let i = 0; i < 400; i++) {
    clock.forward(0.01);
    tally.downloaded(2000);
    if (i % 100 === 99) for (let j = 0; j < 100; j++) tally.written(2000); // in bursts, a shard at a time
  }
  const { rate, eta } = tally.figures();
  assertAbout(rate, 200_000);
  assertAbout(eta, 6);
});

test('where the volume is slower than the remote, its pace decides', () => {
  const { clock, tally } = transfer(1000, 1000);
  for (let i = 0; i < 40; i++) {
    clock.forward(0.1);
    for (let j = 0; j < 10; j++) tally.downloaded(2000);
    tally.written(2000);
  }
  assertAbout(tally.figures().eta, 96);
});

test('objects of which only the sum is known have whole bytes together', () => {
  const { tally } = transfer(3, 3);
  for (let i = 0; i < 3; i++) tally.downloaded(100 / 3);
  assert.equal(tally.figures().downloadedBytes, 100);
});

test('when all objects came, rate and time left are those of writing', () => {
  const { clock, tally } = transfer(100, 500);
  for (let i = 0; i < 100; i++) tally.downloaded(1000);
  for (let i = 0; i < 300; i++) {
    clock.forward(0.02);
    tally.written(500);
  }
  assertAbout(tally.figures().rate, 25_000);
  assertAbout(tally.figures().eta, 4);
});

test('from a warm cache nothing is downloaded, and the files written tell the rest', () => {
  const { clock, tally } = transfer(0, 100);
  for (let i = 0; i < 50; i++) {
    clock.forward(0.1);
    tally.written(500);
  }
  assertAbout(tally.figures().eta, 5);
});

test('there is no time left in the first two seconds, after too few files, in a stall and at the end', () => {
  const { clock, tally } = transfer(0, 1000);
  const write = (count: number) => {
    for (let i = 0; i < count; i++) tally.written(1);
  };
  clock.forward(1);
  write(100);
  assert.equal(tally.figures().eta, undefined);
  clock.forward(1.5);
  assert.notEqual(tally.figures().eta, undefined);
  clock.forward(60);
  assert.equal(tally.figures().eta, undefined);
  write(900);
  assert.equal(tally.figures().eta, undefined);

  const few = transfer(0, 1000);
  few.clock.forward(3);
  few.tally.written(1);
  assert.equal(few.tally.figures().eta, undefined);
});

test('a phase without downloads has no figures of them, and a rate as soon as something is written', () => {
  const clock = testClock();
  const tally = startTally(5, false, clock);
  assert.deepEqual(tally.figures(), { files: 0, of: 5, bytes: 0 });
  clock.forward(2);
  tally.written(10);
  assert.deepEqual(tally.figures(), { files: 1, of: 5, bytes: 10, rate: 5 });
});

test('whatever happens in whatever order, the time left is absent or a whole number that is not negative', () => {
  const event = fc.record({
    wait: fc.double({ min: 0, max: 100, noNaN: true }),
    what: fc.constantFrom('downloaded' as const, 'written' as const),
    bytes: fc.nat(),
  });
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), fc.array(event, { maxLength: 60 }), (objects, files, events) => {
      const { clock, tally } = transfer(objects, files);
      for (const { wait, what, bytes } of events) {
        clock.forward(wait);
        tally[what](bytes);
        const { eta, rate } = tally.figures();
        assert.ok(eta === undefined || (Number.isInteger(eta) && eta >= 0), `eta ${eta}`);
        assert.ok(rate !== undefined && Number.isInteger(rate) && rate >= 0, `rate ${rate}`);
      }
    }),
  );
});
