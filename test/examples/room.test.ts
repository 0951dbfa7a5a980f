/** The commands by which troubleshoot.md makes room on a volume, run on a volume that real fetches filled. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { makeDataset } from '../support/dataset/dataset.ts';
import { blocks, readPage } from '../support/docs/pages.ts';
import { makePlace, type StartOptions } from '../support/fetch/fetcher.ts';
import { assertFiles, publish } from '../support/fetch/published.ts';

const files = { 'a.txt': 'in both', 'b.txt': 'in the first alone', 'c.txt': 'in the second alone' };

test('the commands of the page delete one dataset and what only it used, and it can be fetched again', async () => {
  await using dataset = await makeDataset({
    files,
    splits: { first: ['a.txt', 'b.txt'], second: ['a.txt', 'c.txt'] },
  });
  await using place = await makePlace();
  const reference = (split: string) => `${dataset.url}@${dataset.sha}:${split}`;
  const first = await publish(place, reference('first'));
  const fetched = async (split: string, options?: StartOptions) => {
    const { exitCode, output } = await place.fetch(reference(split), options);
    assert.equal(exitCode, 0, output);
  };
  await fetched('second');
  const objects = () =>
    readdirSync(join(place.volume, 'cache'), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.name.endsWith('.dir'),
    ).length;
  assert.equal(objects(), 3);

  const page = readPage('docs/troubleshoot.md').split('## Make room on the volume')[1] ?? '';
  const [commands = ''] = blocks(page, 'sh');
  const script = commands.replaceAll('/volume/', `${place.volume}/`).replaceAll('KEY', first.key);
  const { stdout } = await execa('sh', ['-ec', script]);
  assert.match(stdout, new RegExp(`"key": ?"${first.key}"`));

  assert.ok(!existsSync(first.tree));
  assert.ok(lstatSync(first.pointer).isSymbolicLink());
  assert.equal(objects(), 2, 'the object that only the first dataset used is gone');
  // Whole, though the commit's own list is all that is believed.
  await fetched('second', { flags: ['--verify'] });
  await fetched('first');
  assertFiles(first.tree, { 'a.txt': files['a.txt'], 'b.txt': files['b.txt'] });
  assert.equal(objects(), 3);
});
