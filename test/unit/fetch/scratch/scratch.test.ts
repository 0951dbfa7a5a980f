/** The folder of one's own on scratch: whoever is killed, and whenever, nothing of it stays on a limited emptyDir. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { pino } from 'pino';
import { makeScratch, removeDeadScratch } from '../../../../src/fetch/scratch/scratch.ts';

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
  const claimed = await makeScratch(scratch, volume);
  await removeDeadScratch(scratch, log);
  assert.equal(readdirSync(scratch).length, 1);
  await claimed.empty();
  assert.deepEqual(readdirSync(scratch), []);
});

test('a run that is killed while it empties its folder leaves nothing that the next run does not remove', async () => {
  const module = join(import.meta.dirname, '..', '..', '..', '..', 'src', 'fetch', 'scratch', 'scratch.ts');
  const program = `import { writeFileSync } from 'node:fs';
    const { makeScratch } = await import(${JSON.stringify(module)});
    const scratch = await makeScratch(${JSON.stringify(scratch)}, ${JSON.stringify(volume)});
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

/** As DVC makes it again that outlived its fetcher: without a lock, and long ago. */
function makeOld(name: string, ...inside: string[]): void {
  const path = join(scratch, name);
  mkdirSync(path);
  for (const each of inside) mkdirSync(join(path, each), { recursive: true });
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(path, longAgo, longAgo);
}

test('a folder without a lock is left alone while it may be one that is just being made; later it goes, and the log says so', async () => {
  const { root } = await makeScratch(scratch, volume);
  const name = basename(root);
  rmSync(root, { recursive: true });
  makeOld(name, 'dvc/shard-1/cache', 'home');
  utimesSync(join(scratch, name), new Date(), new Date());
  await removeDeadScratch(scratch, log);
  assert.deepEqual(readdirSync(scratch), [name]);
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(join(scratch, name), longAgo, longAgo);
  const lines: { level: number; folder: string }[] = [];
  await removeDeadScratch(
    scratch,
    pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  );
  assert.deepEqual(readdirSync(scratch), []);
  assert.deepEqual(
    lines.map(({ level, folder }) => ({ level, folder })),
    [{ level: 30, folder: root }],
  );
});

test('whatever else lies in the system’s temporary folder stays, however old and whatever it is called', async () => {
  const strangers = [
    'dvc-injector-checkout',
    'dvc-injector-dead-abcdef',
    '.dvc-injector-fetch-',
    '.dvc-injector-fetch-notes',
    '.dvc-injector-fetch-abcdef-old',
    '.dvc-injector-fetch-dead-letters',
  ];
  for (const name of strangers) makeOld(name, 'git', 'home');
  // By chance of the very shape, and so with what only its owner put there.
  for (const name of ['.dvc-injector-fetch-abcdef', '.dvc-injector-fetch-dead-abcdef']) {
    makeOld(name, 'git', 'home', 'thesis');
    strangers.push(name);
  }
  writeFileSync(join(scratch, '.dvc-injector-fetch-aFile1'), 'mine');
  await removeDeadScratch(scratch, log);
  assert.deepEqual(readdirSync(scratch).sort(), [...strangers, '.dvc-injector-fetch-aFile1'].sort());
  for (const name of strangers) assert.ok(existsSync(join(scratch, name, 'git')), name);
});
