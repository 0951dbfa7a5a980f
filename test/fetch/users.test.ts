/** Users and modes: whoever fetched, every other pod can read, and a second user of the group can go on. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { execa } from 'execa';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { makePlace, type Place, publishedFolder } from './support/fetcher.ts';

const isRoot = process.getuid?.() === 0;
const files = { 'a.txt': 'a', 'b/c.txt': 'c' };
let dataset: Dataset;
before(async () => {
  dataset = await makeDataset({ files, splits: { one: ['a.txt'], both: Object.keys(files) } });
  if (isRoot) await execa('chmod', ['-R', 'a+rX', dataset.folder]);
});
after(() => dataset?.[Symbol.asyncDispose]());

/** Opens the place's folders to another user, as a pod's own volumes are. */
function openTo(place: Place, uid: number, gid: number): void {
  chmodSync(dirname(place.volume), 0o755);
  chmodSync(place.scratch, 0o1777);
  chownSync(place.volume, uid, gid);
  chmodSync(place.volume, 0o2775);
}

/**
 * Runs as another user. It may read and enter everything, as the programs lie in the home of whoever runs the tests,
 * but it may write and link only what its user and group allow.
 */
function as(uid: number, gid: number): string[] {
  const capability = '+dac_read_search';
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps',
    capability,
    '--ambient-caps',
    capability,
  ];
}

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
  const [uid, gid] = isRoot ? [65532, 65532] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  openTo(place, uid, gid);
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:both`, {
    prefix: isRoot ? as(uid, gid) : [],
  });
  assert.equal(exitCode, 0, output);
  const folder = publishedFolder(place.volume) ?? assert.fail('nothing is published');
  // Without root there is no second user to try; then the mode of `others` is what it would go by (test above).
  const reader = isRoot ? { uid: 4242, gid: 4242 } : {};
  assert.equal((await execa('cat', [join(folder, 'data', 'b', 'c.txt')], reader)).stdout, 'c');
});

test("a second UID of the same group continues: it links the first one's objects and repairs its pointer", async () => {
  if (!isRoot) return; // needs two users
  await using place = await makePlace();
  openTo(place, 1001, 2000);
  const first = await place.fetch(`${dataset.url}@${dataset.sha}:one`, { prefix: as(1001, 2000) });
  assert.equal(first.exitCode, 0, first.output);
  const second = await place.fetch(`${dataset.url}@${dataset.sha}:both`, { prefix: as(1002, 2000) });
  assert.equal(second.exitCode, 0, second.output);
  const folders = readdirSync(join(place.volume, 'trees')).map((key) => join(place.volume, 'trees', key));
  const inodes = folders.map((folder) => lstatSync(join(folder, 'data', 'a.txt')).ino);
  assert.equal(new Set(inodes).size, 1);
  for (const key of readdirSync(join(place.volume, 'datasets'))) rmSync(join(place.volume, 'datasets', key));
  const third = await place.fetch(`${dataset.url}@${dataset.sha}:one`, { prefix: as(1002, 2000) });
  assert.equal(third.exitCode, 0, third.output);
});

test('a UID without a passwd entry, and no HOME or USER in the environment', async () => {
  await using place = await makePlace();
  const inNamespace = ['unshare', '--user', '--map-user=123456', '--map-group=123456'];
  const { failed } = await execa(inNamespace[0] ?? '', [...inNamespace.slice(1), 'true'], { reject: false });
  const prefix = failed && isRoot ? as(123456, 123456) : inNamespace;
  openTo(place, failed && isRoot ? 123456 : (process.getuid?.() ?? 0), process.getgid?.() ?? 0);
  const { exitCode, output } = await place.fetch(`${dataset.url}@${dataset.sha}:both`, { prefix });
  assert.equal(exitCode, 0, output);
});

test('a second UID of another group is told whose the folder is: 74', async () => {
  if (!isRoot) return; // needs two users
  await using place = await makePlace();
  openTo(place, 1001, 2000);
  await place.fetch(`${dataset.url}@${dataset.sha}:one`, { prefix: as(1001, 2000) });
  const warm = await place.fetch(`${dataset.url}@${dataset.sha}:one`, { prefix: as(1003, 3000) });
  assert.equal(warm.exitCode, 0, warm.output);
  const cold = await place.fetch(`${dataset.url}@${dataset.sha}:both`, { prefix: as(1003, 3000) });
  assert.equal(cold.exitCode, 74, cold.output);
  assert.match(cold.terminationMessage, /not writable for UID 1003|refuses UID 1003/);
});
