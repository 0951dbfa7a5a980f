/** Which place an error of the operating system is blamed on, however the two lie to each other. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ioFailure } from '../../../../src/fetch/failure/io-failure.ts';
import { hasCode } from '../../../../src/fetch/failure/system-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-places-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'inner'));
symlinkSync(folder, `${folder}-link`);
after(() => rmSync(`${folder}-link`));

/** A real error about a path that is not there. */
async function errorAbout(path: string): Promise<unknown> {
  return lstat(path).catch((error) => error);
}

test('of two places that lie in each other the deeper one is blamed', async () => {
  const [outer, inner] = [folder, join(folder, 'inner')];
  const about = async (path: string, places: { volume: string; scratch: string }) =>
    ioFailure(await errorAbout(join(path, 'absent')), places)?.message ?? 'nobody';
  assert.match(await about(inner, { volume: inner, scratch: outer }), /^the volume at /);
  assert.match(await about(outer, { volume: inner, scratch: outer }), /^the scratch at /);
  assert.match(await about(inner, { volume: outer, scratch: inner }), /^the scratch at /);
  assert.match(await about(outer, { volume: outer, scratch: inner }), /^the volume at /);
  assert.equal(await about('/nowhere', { volume: outer, scratch: inner }), 'nobody');
});

test('a place that is named by a link is known by its real path too', async () => {
  const places = { volume: '/nowhere', scratch: `${folder}-link` };
  assert.match(ioFailure(await errorAbout(join(folder, 'absent')), places)?.message ?? '', /^the scratch at .*-link /);
});

test('a name that is a prefix of another place is another place', async () => {
  const error = await mkdir(join(`${folder}er`, 'x')).catch((thrown) => thrown);
  assert.equal(ioFailure(error, { volume: folder, scratch: '/nowhere' }), undefined);
});

test('a code that Node has no name for is known by its number', () => {
  const { EDQUOT, ESTALE } = constants.errno;
  const unnamed = (errno: number) => {
    const code = `Unknown system error -${errno}`;
    return Object.assign(new Error(code), { errno: -errno, code, syscall: 'write', path: join(folder, 'x') });
  };
  assert.ok(hasCode(unnamed(ESTALE), 'ENOENT', 'ESTALE'));
  assert.ok(!hasCode(unnamed(99_999), 'ENOENT', 'ESTALE'));
  const { message } = ioFailure(unnamed(EDQUOT), { volume: folder, scratch: '/nowhere' }) ?? assert.fail();
  assert.match(message, /^the volume at \S+ is over its quota: raise the quota or make room \(EDQUOT in write of /);
});
