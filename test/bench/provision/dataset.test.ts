/** The dataset that the benchmark writes itself is the one that the real `dvc add` and `dvc push` make of its files. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isolatedTools } from '../../../provision/isolated-tools.ts';
import { contentOf } from '../../support/dataset/random.ts';
import { type Dataset, splitOf, writeDataset } from './dataset.ts';
import { dataDvc, dvcFiles } from './repository.ts';

test('the bucket and data.dvc are byte for byte what dvc add and dvc push make', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-bench-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await writeDataset(folder, 300, 7);
  const dataset: Dataset = JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8'));
  const workTree = join(folder, 'work-tree');
  const pushed = join(folder, 'pushed');
  const tools = await isolatedTools(join(folder, 'home'));
  mkdirSync(workTree);
  await tools.git(workTree, 'init', '--quiet');
  await tools.dvc(workTree, 'init', '--quiet');
  await tools.dvc(workTree, 'remote', 'add', '--default', 'origin', pushed);
  for (const version of ['first', 'changed', 'small', 'large'] as const) {
    const made = version === 'small' || version === 'large' ? dataset.samples[version] : dataset[version];
    rmSync(join(workTree, 'data'), { recursive: true, force: true });
    for (const entry of made.entries) {
      const number = Number(/\d+(?=\.bin$)/.exec(entry.path)?.[0]);
      const isNew = version === 'changed' && entry.md5 !== dataset.first.entries[number]?.md5;
      const file = join(workTree, 'data', entry.path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contentOf(number, isNew ? 2 : 1, entry.bytes, 7));
    }
    await tools.dvc(workTree, 'add', 'data');
    await tools.dvc(workTree, 'push');
    assert.equal(dataDvc(made), readFileSync(join(workTree, 'data.dvc'), 'utf8'), version);
  }
  const written = await contents(join(folder, 'bucket'));
  assert.ok(written.size > 300);
  assert.deepEqual(written, await contents(pushed));
  const expected = dvcFiles({ bucket: 'b', endpoint: 'http://e' });
  for (const name of ['.dvc/.gitignore', '.gitignore'] as const) {
    assert.equal(expected[name], readFileSync(join(workTree, name), 'utf8'), name);
  }
});

test('a second split shares half of its files with the first, and one in a hundred of each changes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-bench-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await writeDataset(folder, 1000, 7);
  const { first, changed, order }: Dataset = JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8'));
  const [one, two] = [splitOf(first, order, 400, 'first'), splitOf(first, order, 400, 'second')];
  assert.equal(new Set([...one, ...two].map((entry) => entry.path)).size, 600);
  const old = new Set(one.map((entry) => entry.md5));
  assert.equal(splitOf(changed, order, 400, 'first').filter((entry) => !old.has(entry.md5)).length, 4);
});

/** Path → bytes of every file below a folder. */
async function contents(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const pairs = files.map((each): [string, string] => {
    const path = join(each.parentPath, each.name);
    return [path.slice(folder.length), readFileSync(path, 'base64')];
  });
  return new Map(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
