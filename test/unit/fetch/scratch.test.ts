/** The folder of one's own on scratch: whoever is killed, and whenever, nothing of it stays on a limited emptyDir. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { pino } from 'pino';
import { claimScratch, removeDeadScratch } from '../../../src/fetch/scratch.ts';

const log = pino({ enabled: false });
let folder: string;
let scratch: string;
let volume: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-scratch-'));
  [scratch, volume] = [join(folder, 'scratch'), join(folder, 'volume')];
  mkdirSync(scratch);
  mkdirSync(volume);
});
afterEach(() => rmSync(folder, { recursive: true }));

test("another run's folder stays as long as that run lives", async () => {
  const claimed = await claimScratch(scratch, volume);
  await removeDeadScratch(scratch, log);
  assert.equal(readdirSync(scratch).length, 1);
  await claimed.empty();
  assert.deepEqual(readdirSync(scratch), []);
});

test('a run that is killed while it empties its folder leaves nothing that the next run does not remove', async () => {
  const module = join(import.meta.dirname, '..', '..', '..', 'src', 'fetch', 'scratch.ts');
  const program = `import { writeFileSync } from 'node:fs';
    const { claimScratch } = await import(${JSON.stringify(module)});
    const scratch = await claimScratch(${JSON.stringify(scratch)}, ${JSON.stringify(volume)});
    for (let i = 0; i < 20000; i += 1) writeFileSync(scratch.temporary + '/' + i, '');
    await scratch.empty();`;
  const run = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  const ended = once(run, 'close');
  // The second name that appears is the one under which it is removed.
  const names = new Set<string>();
  const watcher = watch(scratch, (_, name) => {
    names.add(String(name));
    if (names.size > 1) run.kill('SIGKILL');
  });
  const [, signal] = await ended;
  watcher.close();
  assert.equal(signal, 'SIGKILL');
  assert.equal(readdirSync(scratch).length, 1, 'it was killed half-way');
  await removeDeadScratch(scratch, log);
  assert.deepEqual(readdirSync(scratch), []);
});

test('a folder without a lock is left alone while it may be one that is just being made, and goes later', async () => {
  const killed = join(scratch, 'dvc-injector-killed');
  mkdirSync(join(killed, 'dvc'), { recursive: true });
  mkdirSync(join(scratch, 'of-somebody-else'));
  await removeDeadScratch(scratch, log);
  assert.deepEqual(readdirSync(scratch).sort(), ['dvc-injector-killed', 'of-somebody-else']);
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const name of readdirSync(scratch)) utimesSync(join(scratch, name), longAgo, longAgo);
  await removeDeadScratch(scratch, log);
  assert.deepEqual(readdirSync(scratch), ['of-somebody-else']);
});
