/** Users and modes: whoever fetched, every other pod can read, and a second user of the group can go on. */
import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { makePlace, publishedFolder } from '../support/fetch/fetcher.ts';
import { makeUsers } from '../support/fetch/users.ts';

const files = { 'a.txt': 'a', 'b/c.txt': 'c' };
let dataset: Dataset;
before(async () => {
  dataset = await makeDataset({ files, splits: { one: ['a.txt'], both: Object.keys(files) } });
  await execa('chmod', ['-R', 'a+rX', dataset.folder]);
});
after(() => dataset?.[Symbol.asyncDispose]());

function everyPath(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
}

test('modes do not depend on the umask: folders 2775, files 0664', async () => {
  await using place = await makePlace();
  const prefix = ['sh', '-c', 'umask 077; exec "$@"', 'sh'];
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:both`, { prefix });
  assert.equal(exitCode, 0, output);
  for (const path of everyPath(place.volume)) {
    const { mode } = lstatSync(path);
    if (lstatSync(path).isDirectory()) assert.equal((mode & 0o7777).toString(8), '2775', path);
    else if (lstatSync(path).isFile()) assert.equal((mode & 0o7777).toString(8), '664', path);
  }
});

test('a training container of another UID and group reads what the init container wrote', async () => {
  await using place = await makePlace();
  await using users = await makeUsers(place);
  await users.openTo(65532, 65532);
  const prefix = users.as(65532, 65532);
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:both`, { prefix });
  assert.equal(exitCode, 0, output);
  const folder = publishedFolder(place.volume) ?? assert.fail('nothing is published');
  // Without the capability to read everything that the fetch needs in the tests.
  const [program = '', ...reader] = users.as(4242, 4242).map((arg) => arg.replace(/^\+dac.*/, '-all'));
  assert.equal((await execa(program, [...reader, 'cat', join(folder, 'data', 'b', 'c.txt')])).stdout, 'c');
});

test("a second UID of the same group continues: it links the first one's objects and repairs its pointer", async () => {
  await using place = await makePlace();
  await using users = await makeUsers(place);
  await users.openTo(1001, 2000);
  const first = await place.fetch(`${dataset.url}@${dataset.sha}:one`, { prefix: users.as(1001, 2000) });
  assert.equal(first.exitCode, 0, first.output);
  const second = await place.fetch(`${dataset.url}@${dataset.sha}:both`, { prefix: users.as(1002, 2000) });
  assert.equal(second.exitCode, 0, second.output);
  const folders = readdirSync(join(place.volume, 'trees')).map((key) => join(place.volume, 'trees', key));
  assert.equal(folders.length, 2);
  const inodes = folders.map((folder) => lstatSync(join(folder, 'data', 'a.txt')).ino);
  assert.equal(new Set(inodes).size, 1);
  for (const key of readdirSync(join(place.volume, 'datasets'))) {
    await users.asAdmin('rm', join(place.volume, 'datasets', key));
  }
  const third = await place.fetch(`${dataset.url}@${dataset.sha}:one`, { prefix: users.as(1002, 2000) });
  assert.equal(third.exitCode, 0, third.output);
});

test('a UID without a passwd entry, and no HOME or USER in the environment', async () => {
  await using place = await makePlace();
  const prefix = ['unshare', '--user', '--map-user=123456', '--map-group=123456'];
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:both`, { prefix });
  assert.equal(exitCode, 0, output);
});

test('a second UID of another group finds what is published, and is told whose the folder is where it is not: 74', async () => {
  await using place = await makePlace();
  await using users = await makeUsers(place);
  await users.openTo(1001, 2000);
  await place.fetch(`${dataset.url}@${dataset.sha}:one`, { prefix: users.as(1001, 2000) });
  const warm = await place.fetch(`${dataset.url}@${dataset.sha}:one`, { prefix: users.as(1003, 3000) });
  assert.equal(warm.exitCode, 0, warm.output);
  const cold = await place.fetch(`${dataset.url}@${dataset.sha}:both`, { prefix: users.as(1003, 3000) });
  assert.equal(cold.exitCode, 74, cold.output);
  assert.match(cold.terminationMessage, /not writable for UID 1003|refuses UID 1003/);
});
