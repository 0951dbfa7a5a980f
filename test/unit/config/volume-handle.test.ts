/** EFS volume handles: what is one, and which of them show the same files. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatVolumeHandle,
  handlesOverlap,
  isCanonicalHandle,
  parseVolumeHandle,
  writtenHandle,
} from '../../../src/config/volume-handle.ts';

const fs = 'fs-0123456789abcdef0';
const other = 'fs-fedcba98';
const ap = 'fsap-0123456789abcdef0';
const parsed = (text: string) => parseVolumeHandle(text) ?? assert.fail(`${text} does not parse`);

describe('a volume handle', () => {
  for (const [text, path, accessPoint] of [
    [fs, '/', null],
    [`efs:${fs}`, '/', null],
    [`${fs}:/team-a/data`, '/team-a/data', null],
    [`${fs}::${ap}`, '/', ap],
    [`${fs}:/inner:${ap}`, '/inner', ap],
    // As the driver reads what others wrote by hand.
    [`${fs}:`, '/', null],
    [`${fs}::`, '/', null],
    [`${fs}:/`, '/', null],
    [`${fs}:team-a`, '/team-a', null],
    [`${fs}:/a/./b/../c/`, '/a/c', null],
  ] as const) {
    it(`${text} is read as the driver reads it`, () => {
      assert.deepStrictEqual(parsed(text), { fileSystem: fs, path, accessPoint });
    });
  }

  for (const text of [
    '',
    'x',
    'fs-1',
    `${fs}:/a:${ap}:x`,
    `${fs}::x`,
    'fsap-01234567',
    `s3files:${fs}`,
    'fs-0123456G',
  ]) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseVolumeHandle(text), null));
  }

  it('has one spelling, in which the configuration wants it, with efs: or without', () => {
    for (const text of [fs, `${fs}:/a`, `${fs}::${ap}`, `${fs}:/a:${ap}`]) {
      for (const written of [text, `efs:${text}`]) {
        assert.equal(formatVolumeHandle(parsed(written)), text);
        assert.ok(isCanonicalHandle(written) && writtenHandle.test(written), written);
      }
    }
    for (const text of [`${fs}:`, `${fs}:/`, `${fs}:/a/`, `${fs}:a`, `${fs}:/a//b`, `${fs}:/a/../b`, `${fs}::`]) {
      assert.ok(!isCanonicalHandle(text), text);
    }
  });

  it('of whatever text is parsed or refused, and formatting it changes nothing that it names', () => {
    const piece = fc.constantFrom(fs, other, ap, 'efs', ':', '/', 'a', '..', '.', 'é', ' ');
    const texts = fc.oneof(
      fc.array(piece).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const handle = parseVolumeHandle(text);
        if (handle) assert.deepStrictEqual(parseVolumeHandle(formatVolumeHandle(handle)), handle);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('two volume handles', () => {
  const overlap = (one: string, two: string) => {
    const [forth, back] = [handlesOverlap(parsed(one), parsed(two)), handlesOverlap(parsed(two), parsed(one))];
    assert.equal(forth, back);
    return forth;
  };
  for (const [one, two] of [
    [fs, fs],
    [fs, `efs:${fs}`],
    [`${fs}::${ap}`, `efs:${fs}::${ap}`],
    [fs, `${fs}:/team-a`],
    // Who has the whole file system has every access point's folder.
    [fs, `${fs}::${ap}`],
    [`${fs}:/a`, `${fs}:/a/b`],
    [`${fs}:/a/../b`, `${fs}:/b`],
    [`${fs}::${ap}`, `${fs}:/inner:${ap}`],
  ] as const) {
    it(`${one} and ${two} show the same files`, () => assert.ok(overlap(one, two)));
  }
  for (const [one, two] of [
    [fs, other],
    [`${fs}:/a`, `${fs}:/b`],
    [`${fs}:/a`, `${fs}:/ab`],
    [`${fs}::${ap}`, `${fs}::fsap-fedcba98`],
    [`${fs}:/a`, `${fs}::${ap}`],
  ] as const) {
    it(`${one} and ${two} do not`, () => assert.ok(!overlap(one, two)));
  }
});
