/**
 * SIGTERM in each phase of a fetch, of real processes: the exit code, nothing on scratch, no child. No time is asserted, as a
 * machine under load is no failure: each is said, and what hangs is killed.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { eventually } from '../support/eventually.ts';
import { leftovers, makePlace, type Place, publishedFolder, type Running } from '../support/fetch/fetcher.ts';
import { gitSecret } from '../support/fetch/secret.ts';
import { processesWith } from '../support/process/processes.ts';
import { isObjectRequest } from '../support/s3/object-request.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';
import { listenOnLoopback } from '../support/servers/loopback.ts';
import { makeKey } from '../support/servers/ssh-server.ts';

/** Longer than it would take to read. */
const huge = 2 ** 40;
const hangs = 60_000;
let s3: S3;
let proxy: RecordingProxy;
let dataset: Dataset;
let reference: string;
let local: Dataset;
let ofS3: { flags: string[]; environment: Readonly<Record<string, string>> };
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`folder/${i}.txt`, `content ${i}`]));
  const remote = { kind: 's3', s3, bucket: 'datasets', endpoint: proxy.endpoint } as const;
  dataset = await makeDataset({ files, splits: {}, remote });
  reference = `${dataset.url}@${dataset.sha}:*`;
  ofS3 = { flags: ['--allow-endpoint', proxy.endpoint], environment: dataset.credentials };
  local = await makeDataset({ files: { a: 'the first', b: 'the second' }, splits: {} });
});
after(async () => {
  await local?.[Symbol.asyncDispose]();
  await dataset?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await s3?.stop();
});

const referenceOf = (wanted: Dataset) => `${wanted.url}@${wanted.sha}:*`;

/** Waits until the fetch is where it is to be ended, ends it, and expects that nothing of it stays. */
async function terminate(t: TestContext, place: Place, fetch: Running, there: () => boolean): Promise<void> {
  t.after(() => fetch.process.kill('SIGKILL')); // or a failed test would wait for it for ever
  await eventually('the fetch is where it is to be ended', async () => there());
  const started = performance.now();
  fetch.process.kill('SIGTERM');
  const late = new AbortController();
  const timer = sleep(hangs, undefined, { signal: late.signal }).then(
    () => fetch.process.kill('SIGKILL'),
    () => {},
  );
  const { exitCode, terminationMessage, output } = await fetch.ended;
  late.abort();
  await timer;
  t.diagnostic(`ended after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  assert.equal(exitCode, 143, output);
  assert.match(terminationMessage, /stopped by SIGTERM/);
  assert.deepEqual(readdirSync(place.scratch), []);
  assert.deepEqual(processesWith(`HOME=${place.scratch}/`), []);
}

/** As `terminate`, with a second in the phase that the log has last, and nothing left on the volume either. */
async function terminateIn(t: TestContext, place: Place, fetch: Running, phase: string): Promise<void> {
  t.after(() => fetch.process.kill('SIGKILL'));
  await eventually(`phase ${phase}`, async () => fetch.log.some((line) => line.phase === phase));
  await sleep(1_000);
  await terminate(t, place, fetch, () => true);
  assert.equal(fetch.log.findLast((line) => line.phase !== undefined)?.phase, phase);
  assert.deepEqual(leftovers(place), []);
}

/** A server that takes connections and says nothing. */
async function silentServer(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((socket) => socket.on('error', () => {}));
  const port = await listenOnLoopback(server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

/** A `dvc` or `git` that begins, does nothing, and heeds no signal but the last. */
function deafProgram(place: Place, name: string): Record<string, string> {
  const bin = join(dirname(place.scratch), 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, name), '#!/bin/sh\ntrap "" TERM INT\nwhile :; do sleep 1; done\n', { mode: 0o755 });
  return { PATH: [bin, place.environment.PATH].join(delimiter) };
}

test('waiting for another fetcher', async (t) => {
  await using place = await makePlace();
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const undo = proxy.inject({ when: isObjectRequest, wait: () => opened });
  const leader = place.start(reference, ofS3);
  await eventually('the leader works', async () => leader.log.some(({ phase }) => phase === 'transfer'));
  await using waiting = await makePlace();
  const waiter = waiting.start(reference, { ...ofS3, volume: place.volume });
  await eventually('it waits', async () => waiter.log.some(({ phase }) => phase === 'waiting'));
  await terminate(t, waiting, waiter, () => true);
  undo();
  open();
  const { exitCode, output } = await leader.ended;
  assert.equal(exitCode, 0, output);
});

for (const scheme of ['http', 'ssh'] as const) {
  test(`git by ${scheme}, from a server that never answers`, async (t) => {
    await using place = await makePlace();
    await using silent = await silentServer();
    const { key, line } = await makeKey();
    const secret = gitSecret(place, { 'ssh-privatekey': key, known_hosts: `[127.0.0.1]:${silent.port} ${line}\n` });
    const fetch = place.start(`${scheme}://127.0.0.1:${silent.port}/r@${local.sha}:*`, {
      flags: ['--allow-scheme', 'http', ...secret],
    });
    await terminateIn(t, place, fetch, 'commit');
  });
}

for (const program of ['git', 'dvc']) {
  test(`a ${program} that heeds no signal`, async (t) => {
    await using place = await makePlace();
    const fetch = place.start(referenceOf(local), { environment: deafProgram(place, program) });
    const runs = () => processesWith(`HOME=${place.scratch}/`).length > 0;
    await terminate(t, place, fetch, runs);
    assert.deepEqual(leftovers(place), []);
  });
}

test('DVC that reads the list of files without end', async (t) => {
  await using endless = await makeDataset({ files: { a: 'a' }, splits: {} });
  rmSync(endless.dirObjectPath());
  execFileSync('mkfifo', [endless.dirObjectPath()]);
  await using place = await makePlace();
  await terminateIn(t, place, place.start(referenceOf(endless)), 'dataset');
});

test('DVC that pulls an object without end', async (t) => {
  await using endless = await makeDataset({ files: { a: 'a', b: 'b' }, splits: {} });
  rmSync(endless.objectPath('a'));
  execFileSync('mkfifo', [endless.objectPath('a')]);
  await using place = await makePlace();
  await terminateIn(t, place, place.start(referenceOf(endless)), 'transfer');
});

for (const [title, fault] of [
  ['the transfer from S3, whose answers do not come', { wait: () => new Promise<void>(() => {}) }],
  ['the pause before S3 is asked again', { reply: 503 }],
  ['an answer of S3 that stands still', { stallAfter: 1 }],
] as const) {
  test(title, async (t) => {
    await using place = await makePlace();
    const undo = proxy.inject({ when: isObjectRequest, ...fault });
    try {
      await terminateIn(t, place, place.start(reference, ofS3), 'transfer');
    } finally {
      undo();
    }
  });
}

/** A published dataset of which one file, and its object in the cache, became longer than anybody could read. */
async function withHugeFile(): Promise<Place> {
  const place = await makePlace();
  const { exitCode, output } = await place.fetch(referenceOf(local));
  assert.equal(exitCode, 0, output);
  truncateSync(join(publishedFolder(place.volume) ?? '', 'data', 'a'), huge);
  return place;
}

test('--verify, in the midst of a file', async (t) => {
  await using place = await withHugeFile();
  const fetch = place.start(referenceOf(local), { flags: ['--verify'] });
  await sleep(3_000);
  await terminate(t, place, fetch, () => true);
});

test('a look at the tree that an earlier fetch left, in the midst of a file', async (t) => {
  await using place = await withHugeFile();
  for (const name of readdirSync(join(place.volume, 'state'))) truncateSync(join(place.volume, 'state', name), 0);
  await terminateIn(t, place, place.start(referenceOf(local)), 'check');
});

test("the proof of the cache's objects, in the midst of one", async (t) => {
  await using place = await withHugeFile();
  for (const folder of ['state', 'datasets', 'trees']) rmSync(join(place.volume, folder), { recursive: true });
  await terminateIn(t, place, place.start(referenceOf(local)), 'cache');
});

test('a step that never ends: the process does, and scratch is empty', async (t) => {
  await using endless = await makeDataset({ files: { a: 'a', b: 'b' }, splits: {} });
  rmSync(endless.objectPath('a'));
  execFileSync('mkfifo', [endless.objectPath('a')]);
  await using place = await makePlace();
  const file = join(dirname(place.scratch), 'stuck.mjs');
  writeFileSync(
    file,
    `import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const { rm } = promises;
const never = () => new Promise(() => setInterval(() => {}, 1000));
promises.rm = (path, ...rest) => (path.includes('-fetch-dead-') ? never() : rm(path, ...rest));
syncBuiltinESMExports();
`,
  );
  const fetch = place.start(referenceOf(endless), { environment: { NODE_OPTIONS: `--import=${file}` } });
  await eventually('transfer', async () => fetch.log.some(({ phase }) => phase === 'transfer'));
  await terminate(t, place, fetch, () => true);
});
