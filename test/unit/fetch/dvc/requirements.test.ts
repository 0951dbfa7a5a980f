/** The locked packages: an image with several extras must not ask for two versions of one. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { remoteTypes } from '../../../../src/fetch/remote/types.ts';

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'requirements');
const files = globSync('dvc*.txt', { cwd: folder });

/** `name==version` with its marker, of each package of a lock file. */
function pins(file: string): string[] {
  const text = readFileSync(join(folder, file), 'utf8');
  return [...text.matchAll(/^([a-z0-9][\w.-]*==.*?) \\$/gm)].map((match) => match[1] ?? '');
}

test('every extra that an error message names has a lock file', () => {
  for (const { extra } of Object.values(remoteTypes)) if (extra) assert.ok(files.includes(`dvc-${extra}.txt`), extra);
});

test('no package stands in an extra that dvc.txt has, and two extras agree on their versions', () => {
  const base = new Set(pins('dvc.txt').map((pin) => pin.split('==')[0]));
  const versions = new Map<string, string>();
  assert.ok(base.size > 80);
  for (const file of files.filter((name) => name !== 'dvc.txt')) {
    const own = pins(file);
    assert.ok(own.length > 0, file);
    for (const pin of own) {
      const [name = '', version = ''] = pin.split('==');
      assert.ok(!base.has(name), `${file}: ${name}`);
      assert.equal(versions.get(name) ?? version, version, `${file}: ${name}`);
      versions.set(name, version);
    }
  }
});

test('every package has a hash', () => {
  for (const file of [...files, 'older-dvc.txt', 'ruff.txt', 'recipes.txt']) {
    const blocks = readFileSync(join(folder, file), 'utf8')
      .split(/^(?=[a-z0-9])/m)
      .slice(1);
    for (const block of blocks) assert.match(block, /--hash=sha256:[0-9a-f]{64}/, `${file}: ${block.split('\n')[0]}`);
  }
});
