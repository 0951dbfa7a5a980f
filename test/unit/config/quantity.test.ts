/** Quantities and durations, held against Kubernetes' grammar written a second time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { durationSeconds } from '../../../src/config/duration.ts';
import { quantityValue } from '../../../src/config/quantity.ts';

describe('a quantity', () => {
  for (const [written, value] of [
    ['1', 1],
    ['0', 0],
    ['500m', 0.5],
    ['1.5', 1.5],
    ['1.', 1],
    ['.5', 0.5],
    ['+2', 2],
    ['-1', -1],
    ['1k', 1000],
    ['1M', 1e6],
    ['1Ki', 1024],
    ['1Gi', 1073741824],
    ['1.5Gi', 1610612736],
    ['2e3', 2000],
    ['2E3', 2000],
    ['2e-3', 0.002],
    ['1E', 1e18],
    ['1Ei', 2 ** 60],
    ['100n', 1e-7],
    ['100u', 1e-4],
    [4, 4],
    [0.5, 0.5],
  ] as const) {
    it(`${JSON.stringify(written)} is ${value}`, () => {
      const found = quantityValue(written);
      assert.ok(found !== null && Math.abs(found - value) <= Math.abs(value) * 1e-12, `it is ${found}`);
    });
  }

  for (const written of [
    '',
    ' ',
    ' 1',
    '1 ',
    '1\n',
    'x',
    '1K',
    '1ki',
    '1gi',
    '1GiB',
    '1 Gi',
    '1e',
    '1e3Gi',
    '1e1.5',
    '--1',
    '1,5',
    '0x10',
    '1_000',
    '1e999',
    '0e999',
    'Infinity',
    'NaN',
    '.',
    '٣',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    true,
    {},
    ['1'],
  ]) {
    it(`is not ${JSON.stringify(written)}`, () => assert.equal(quantityValue(written), null));
  }

  const suffixes: Record<string, bigint> = {
    '': 1n,
    k: 1000n,
    M: 1000n ** 2n,
    G: 1000n ** 3n,
    T: 1000n ** 4n,
    Ki: 1024n,
    Mi: 1024n ** 2n,
    Gi: 1024n ** 3n,
    Ti: 1024n ** 4n,
  };
  it('has the value of its digits times its suffix', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.constantFrom(...Object.keys(suffixes)), (amount, suffix) => {
        assert.equal(quantityValue(`${amount}${suffix}`), Number(BigInt(amount) * (suffixes[suffix] ?? 0n)));
      }),
    );
  });

  it('of any text is a number or null', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: fc.constantFrom(...'0159.eE+-mkKMGi n') })), (written) => {
        const value = quantityValue(written);
        assert.ok(value === null || (typeof value === 'number' && !Number.isNaN(value)));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a duration', () => {
  for (const [written, seconds] of [
    ['90s', 90],
    ['30m', 1800],
    ['6h', 21_600],
    ['1d', 86_400],
    ['1h30m', 5400],
    ['1d2h3m4s', 93_784],
    ['0s', 0],
  ] as const) {
    it(`${written} is ${seconds} seconds`, () => assert.equal(durationSeconds(written), seconds));
  }

  for (const written of [
    '',
    '6',
    'h',
    '6 h',
    '6H',
    '1.5h',
    '-1h',
    '6h ',
    '6h\n',
    '1w',
    '100ms',
    `${'9'.repeat(400)}s`,
  ]) {
    it(`is not ${JSON.stringify(written.slice(0, 12))}`, () => assert.equal(durationSeconds(written), null));
  }

  it('is the sum of its parts', () => {
    const part = fc.tuple(fc.nat(10_000), fc.constantFrom('s', 'm', 'h', 'd'));
    const unit = { s: 1, m: 60, h: 3600, d: 86_400 };
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const sum = parts.reduce((total, [amount, name]) => total + amount * unit[name as keyof typeof unit], 0);
        assert.equal(durationSeconds(parts.map((each) => each.join('')).join('')), sum);
      }),
    );
  });
});
