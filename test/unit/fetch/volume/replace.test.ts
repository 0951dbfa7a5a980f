/** Making way: an obstacle goes, what others rightly have there stays, and a kubelet that is quicker than us doesn't win. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { volumeLayout } from '../../../../src/dataset/layout.ts';
import { publishPointer } from '../../../../src/fetch/tree/publish.ts';
import { claimFolder, moveFolder, moveFolderAside, replaceFile } from '../../../../src/fetch/volume/replace.ts';

let folder: string;
let staging: string;
const made: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-obstacle-'));
  staging = join(folder, 'staging');
  mkdirSync(staging);
  made.push(folder);
});
after(() => {
  for (const path of made) rmSync(path, { recursive: true });
});

test('a folder is claimed from nothing, a file and a link; one that is there keeps its files', async () => {
  const path = join(folder, 'wanted');
  for (const prepare of [
    () => {},
    () => writeFileSync(path, ''),
    () => symlinkSync(staging, path),
    () => symlinkSync('dangling', path),
  ]) {
    prepare();
    await claimFolder(path);
    assert.ok(lstatSync(path).isDirectory());
    assert.equal((lstatSync(path).mode & 0o7777).toString(8), '2775');
    rmSync(path, { recursive: true });
  }
  mkdirSync(path);
  writeFileSync(join(path, 'file'), '');
  await claimFolder(path);
  assert.deepEqual(readdirSync(path), ['file']);
});

test('a file takes the place of nothing, a file, a link and a folder with files', async () => {
  const path = join(folder, 'wanted');
  for (const prepare of [
    () => {},
    () => writeFileSync(path, 'old'),
    () => symlinkSync(staging, path),
    () => mkdirSync(join(path, 'sub'), { recursive: true }),
  ]) {
    prepare();
    writeFileSync(join(folder, 'ours'), 'new');
    await replaceFile(join(folder, 'ours'), path, staging);
    assert.ok(lstatSync(path).isFile());
    assert.equal(readFileSync(path, 'utf8'), 'new');
    rmSync(path);
  }
});

test('a tree takes the place of nothing, an empty folder, a file and a link, and never that of a filled folder', async () => {
  const [ours, path] = [join(folder, 'ours'), join(folder, 'wanted')];
  for (const prepare of [
    () => {},
    () => mkdirSync(path),
    () => writeFileSync(path, ''),
    () => symlinkSync(staging, path),
  ]) {
    prepare();
    mkdirSync(ours);
    assert.equal(await moveFolder(ours, path), true);
    assert.ok(lstatSync(path).isDirectory() && !existsSync(ours));
    rmSync(path, { recursive: true });
  }
  mkdirSync(join(path, 'sub'), { recursive: true });
  mkdirSync(ours);
  assert.equal(await moveFolder(ours, path), false);
  assert.ok(existsSync(ours));
});

test('a file or a link in the place of a folder that is to be put aside stays: it may be the right one by now', async () => {
  const path = join(folder, 'path');
  for (const make of [() => writeFileSync(path, ''), () => symlinkSync(staging, path)]) {
    make();
    await moveFolderAside(path, staging);
    assert.ok(!lstatSync(path).isDirectory());
    assert.deepEqual(readdirSync(staging), []);
    rmSync(path);
  }
  await moveFolderAside(path, staging); // nothing at all is fine
});

test('a kubelet that makes the empty folder again and again, between our two steps too, does not keep the pointer away', async () => {
  const layout = volumeLayout(folder);
  const key = 'a'.repeat(32);
  mkdirSync(layout.tree(key), { recursive: true });
  mkdirSync(layout.datasets);
  writeFileSync(join(layout.tree(key), 'dataset.json'), '{}');
  // Makes the folder four times, each as soon as it is gone.
  const program = `const { mkdirSync } = require('node:fs');
    let left = 4;
    while (left > 0) try { mkdirSync(process.argv[1]); left -= 1; if (left === 3) console.log('made'); } catch {}`;
  const kubelet = spawn(process.execPath, ['-e', program, layout.pointer(key)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(kubelet, 'close');
  await once(kubelet.stdout, 'data');
  try {
    await publishPointer(layout, key, staging);
    assert.equal(readlinkSync(layout.pointer(key)), `../trees/${key}`);
  } finally {
    kubelet.kill('SIGKILL');
    await ended;
  }
});
