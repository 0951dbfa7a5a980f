/** The signer's hash gives what its makers' own gives, whichever form a key has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hash } from '@smithy/core/serde';
import type { SourceData } from '@smithy/types';
import { Sha256 } from '../../../../src/fetch/s3/sha256.ts';

const text = new TextEncoder().encode('the string to sign');
const key = Buffer.from('0123456789abcdef0123456789abcdef');

async function digests(secret?: SourceData): Promise<[string, string]> {
  const hex = async (hash: Sha256 | Hash) => {
    hash.update(text);
    hash.update(new Uint8Array([1, 2]));
    return Buffer.from(await hash.digest()).toString('hex');
  };
  return [await hex(new Sha256(secret)), await hex(new Hash('sha256', secret))];
}

for (const [name, secret] of Object.entries<SourceData | undefined>({
  'no key': undefined,
  text: 'AWS4secret',
  bytes: key,
  'a part of a buffer': new Uint8Array(key.buffer, key.byteOffset + 4, 16),
  'another view': new DataView(key.buffer, key.byteOffset, 20),
  'a whole buffer': new Uint8Array(key).buffer,
})) {
  test(`${name}: the same digest, the second time too`, async () => {
    for (let time = 0; time < 2; time += 1) {
      const [ours, theirs] = await digests(secret);
      assert.equal(ours, theirs);
    }
  });
}

test('a key is not mistaken for one that was seen before', async () => {
  const [first] = await digests(Buffer.from('one key'));
  const [second] = await digests(Buffer.from('other!!'));
  assert.notEqual(first, second);
});

test('it is used once', () => {
  assert.throws(() => new Sha256().reset(), /used once/);
});
