/** An object is copied whole or in pieces, by its size, and each way notices bytes that are not its own. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { byContent } from '../../../../src/fetch/dvc-format/object-naming.ts';
import { FetchFailure } from '../../../../src/fetch/failure/fetch-failure.ts';
import { copyFromScratch } from '../../../../src/fetch/objects/copy.ts';
import { hashOf, hashOfFile } from '../../../../src/fetch/objects/hash.ts';
import { smallObject } from '../../../../src/fetch/objects/small.ts';
import { storeBytes } from '../../../../src/fetch/objects/store.ts';

const { signal } = new AbortController();
let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-objects-'));
});
after(() => rmSync(folder, { recursive: true }));

test('a file of any length is left as soon as the fetch is to end', async () => {
  const endless = join(folder, 'endless');
  writeFileSync(endless, '');
  truncateSync(endless, 2 ** 40);
  const ending = new AbortController();
  setTimeout(() => ending.abort(new Error('to end')), 50);
  await assert.rejects(hashOfFile(endless, byContent, ending.signal), /to end/);
  const wanted = { md5: '0'.repeat(32), relpath: 'a.png', objectNaming: byContent };
  await assert.rejects(copyFromScratch(endless, join(folder, 'copy'), wanted, ending.signal), /to end/);
});

for (const size of [0, 1, smallObject, smallObject + 1, 3 * smallObject]) {
  test(`an object of ${size} bytes`, async () => {
    const bytes = Buffer.alloc(size, 'bytes of an object ');
    const md5 = createHash('md5').update(bytes).digest('hex');
    const [source, target, other] = ['source', 'target', 'other'].map((name) => join(folder, `${name}-${size}`));
    assert.ok(source && target && other);
    assert.equal(storeBytes(source, bytes, md5, byContent), true);
    assert.equal(hashOf(bytes, byContent), md5);
    assert.equal((await hashOfFile(source, byContent, signal)).hash, md5);
    const wanted = { md5, relpath: 'a.png', objectNaming: byContent };
    assert.equal(await copyFromScratch(source, target, wanted, signal), size);
    assert.deepEqual(readFileSync(target), bytes);
    assert.equal(statSync(target).mode & 0o111, 0, 'data is no program');
    writeFileSync(source, Buffer.concat([bytes, Buffer.from('x')]));
    await assert.rejects(
      copyFromScratch(source, other, wanted, signal),
      (error) => error instanceof FetchFailure && error.exit === 'dataset' && /is damaged/.test(error.message),
    );
    assert.equal(storeBytes(other, readFileSync(source), md5, byContent), false);
  });
}
