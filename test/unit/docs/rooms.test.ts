/** The pages that name the fetcher's rooms name those that there are, in one order. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

test('docs/architecture.md has each room of src/fetch, and CONTRIBUTING.md the same from the lowest', () => {
  const rooms = readdirSync(join(root, 'src/fetch'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const told = [...read('docs/architecture.md').matchAll(/^\| \[([a-z0-9-]+)\]\(\.\.\/src\/fetch\/\1\) \|/gm)];
  const fromTheHighest = told.map(([, room]) => room);
  assert.deepEqual(fromTheHighest.toSorted(), rooms.toSorted());
  const [, listed = ''] = /The rooms of `src\/fetch`, from the lowest: (.+?)\. /.exec(read('CONTRIBUTING.md')) ?? [];
  assert.deepEqual(listed.replaceAll('`', '').split(', '), fromTheHighest.toReversed());
});
