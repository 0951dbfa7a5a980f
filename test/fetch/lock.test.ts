/** The lock: one process has it, and it ends with that process however that ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { tryLock } from '../../src/fetch/files/flock.ts';
import { eventually } from '../support/eventually.ts';

const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-lock-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function freshFile(): string {
  files += 1;
  const file = join(folder, `state-${files}.json`);
  writeFileSync(file, '');
  return file;
}

/** Another process that tries to lock the file. */
async function other(file: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'support', 'fetch', 'hold-lock.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: said.toString().trim() };
}

test('a second process is refused at once while the first holds the lock, and gets it after a release', async () => {
  const file = freshFile();
  const lock = (await tryLock(file)) ?? assert.fail('refused');
  assert.equal((await other(file)).said, 'refused');
  await lock.release();
  const second = await other(file);
  assert.equal(second.said, 'locked');
  second.child.kill('SIGKILL');
});

test('the lock of a process that is killed by SIGKILL is free', async () => {
  const file = freshFile();
  const { child, said } = await other(file);
  assert.equal(said, 'locked');
  assert.equal(await tryLock(file), null);
  child.kill('SIGKILL');
  const lock = await eventually('the lock is free', async () => (await tryLock(file)) ?? undefined);
  await lock.release();
});

test('a child that the holder starts does not keep the lock when the holder has ended', async () => {
  const file = freshFile();
  const lock = (await tryLock(file)) ?? assert.fail('refused');
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await lock.release();
  const again = (await tryLock(file)) ?? assert.fail('the child holds it');
  await again.release();
  child.kill('SIGKILL');
});

test('a link is never locked through: two names of one dataset would else be two locks, or another file is opened', async () => {
  const file = freshFile();
  const link = `${file}-link`;
  symlinkSync(file, link);
  await assert.rejects(tryLock(link), { code: 'ELOOP' });
});
