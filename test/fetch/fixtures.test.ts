/** That what the other tests fetch from is real: DVC itself gets the same bytes from it, and damage is damage. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { type ExecaError, execa } from 'execa';
import { type Dataset, makeDataset } from '../support/dataset/dataset.ts';
import { difficultFiles } from '../support/dataset/difficult-files.ts';
import { makeRawRepository } from '../support/dataset/raw-repository.ts';
import { eventually } from '../support/eventually.ts';
import { type RecordingProxy, startRecordingProxy } from '../support/s3/recording-proxy.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';
import { listenOnLoopback } from '../support/servers/loopback.ts';

const folder = mkdtempSync(join(tmpdir(), 'dvc-injector-fixtures-'));
let s3: S3;
let proxy: RecordingProxy;
before(async () => {
  s3 = await startS3();
  proxy = await startRecordingProxy(s3.endpoint);
});
after(async () => {
  await proxy?.stop();
  await s3?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a user would do: fetch that commit, then `dvc pull`. Returns the files of the data directory. */
async function pull(dataset: Dataset, sha: string): Promise<Record<string, Buffer>> {
  const clone = mkdtempSync(join(folder, 'clone-'));
  await dataset.tools.git(clone, 'init', '--quiet');
  await dataset.tools.git(clone, 'fetch', '--quiet', '--depth=1', dataset.url, sha);
  await dataset.tools.git(clone, 'checkout', '--quiet', 'FETCH_HEAD');
  await dataset.tools.dvc(clone, 'pull', '--quiet');
  return contents(join(clone, dataset.dataDir));
}

function contents(directory: string): Record<string, Buffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path)]));
}

function asBuffers(files: Readonly<Record<string, string | Uint8Array>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
}

test('dvc pull gives back every byte and name from a local remote, of each version', async () => {
  const splits = { train: ['plain.txt'], 'nested/verbatim': '\ufeffplain.txt\r\n\r\n' };
  await using dataset = await makeDataset({ files: difficultFiles, splits });
  const first = dataset.sha;
  const second = await dataset.commit({ files: { 'plain.txt': 'changed', '%41': null }, splits: { train: null } });
  assert.equal(dataset.sha, second);
  assert.deepEqual(await pull(dataset, first), asBuffers(difficultFiles));
  const { '%41': _, ...rest } = difficultFiles;
  assert.deepEqual(await pull(dataset, second), asBuffers({ ...rest, 'plain.txt': 'changed' }));
  const list = await dataset.tools.git(dataset.workTree, 'show', `${first}:data-split/nested/verbatim`);
  assert.equal(`${list}\r\n`, splits['nested/verbatim']);
});

test('dvc pull gives back every byte from S3, and the proxy knows what it asked for', async () => {
  const files = { 'a b.txt': 'first', 'empty ü': '', 'n/e/s/t': 'nested' };
  const remote = { kind: 's3', s3, bucket: 'datasets', prefix: 'team/one', endpoint: proxy.endpoint } as const;
  proxy.reset();
  await using dataset = await makeDataset({ files, splits: { all: Object.keys(files) }, dataDir: 'ml/data', remote });
  assert.deepEqual(proxy.countRequests(), {}, 'the fixture itself pushes past the proxy');
  assert.deepEqual(await pull(dataset, dataset.sha), asBuffers(files));
  const path = relative(s3.directory(''), dataset.objectPath('a b.txt'));
  assert.equal(proxy.countRequests()[`GET /${path}`], 1);
  assert.equal(proxy.count('PUT'), 0);
  assert.ok(proxy.bodyBytes() >= 'firstnested'.length);
  assert.ok(proxy.requests.every((each) => each.status !== undefined && each.status < 500));
});

test('an object can be removed, corrupted and truncated, and restored', async () => {
  const remote = { kind: 's3', s3, bucket: 'damaged' } as const;
  await using dataset = await makeDataset({ files: { a: 'some bytes', empty: '' }, splits: {}, remote });
  const file = dataset.objectPath('a');
  const damages = {
    corruptObject: (bytes: Buffer) => bytes.length === 10 && !bytes.equals(Buffer.from('some bytes')),
    truncateObject: (bytes: Buffer) => bytes.equals(Buffer.from('some ')),
  };
  for (const [name, isSo] of Object.entries(damages)) {
    const restore = dataset[name as keyof typeof damages]('a');
    const served = await download(dataset, file);
    assert.ok(isSo(served), `${name}: ${served}`);
    restore();
  }
  const restore = dataset.removeObject('a');
  assert.ok(!existsSync(file));
  // 255 where the missing object is the last of two: DVC moves the file that it didn't get, and calls that unexpected.
  await assert.rejects(pull(dataset, dataset.sha), (error: ExecaError) => [1, 255].includes(error.exitCode ?? 0));
  restore();
  assert.deepEqual(await pull(dataset, dataset.sha), asBuffers({ a: 'some bytes', empty: '' }));
  assert.throws(() => dataset.corruptObject('empty'), /is empty/);
  assert.throws(() => dataset.removeObject('b'), /no file "b"/);
});

/** The object at `file` as the server delivers it, unverified. */
async function download(dataset: Dataset, file: string): Promise<Buffer> {
  const out = join(mkdtempSync(join(folder, 'object-')), 'out');
  const path = relative(dataset.remoteDirectory, file);
  await dataset.tools.dvc(dataset.workTree, 'get-url', `remote://origin/${path}`, out);
  return readFileSync(out);
}

test('the proxy refuses, holds and breaks what it is told to, and only that', async () => {
  const path = '/health';
  const get = () => fetch(`${proxy.endpoint}${path}`, { signal: AbortSignal.timeout(60_000) });
  proxy.reset();
  proxy.inject({ when: (request) => request.path === path, times: 1, reply: 403 });
  const refused = await get();
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /<Code>AccessDenied</);
  assert.equal((await get()).status, 200, 'the fault was for one request');

  const gate = Promise.withResolvers<void>();
  const open = proxy.inject({ when: () => true, wait: () => gate.promise });
  const held = get();
  await eventually('the request to arrive', async () => proxy.count() === 3);
  assert.equal(proxy.requests.at(-1)?.status, undefined);
  gate.resolve();
  assert.equal((await held).status, 200);
  open();
  assert.deepEqual(proxy.countRequests(), { 'GET /health': 3 });
});

test('the proxy cuts a body after as many bytes as asked', async () => {
  const bytes = Buffer.alloc(300_000, 'x');
  const origin = createServer((_, response) => response.end(bytes));
  const port = await listenOnLoopback(origin);
  await using cutting = await startRecordingProxy(`http://127.0.0.1:${port}`);
  for (const cutAfter of [0, 1, 100_000]) {
    const restore = cutting.inject({ when: () => true, cutAfter });
    let received = 0;
    const response = await fetch(cutting.endpoint).catch(() => undefined);
    const reading = async () => {
      for await (const chunk of response?.body ?? []) received += chunk.length;
    };
    if (response) await assert.rejects(reading());
    assert.equal(received, cutAfter);
    restore();
  }
  assert.equal((await (await fetch(cutting.endpoint)).arrayBuffer()).byteLength, bytes.length);
  origin.close();
});

test('a killed process leaves no server and no folder behind', async () => {
  const holder = spawn(process.execPath, [join(import.meta.dirname, '..', 'support', 's3', 'hold.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(holder.stdout), 'line');
  const { endpoint, directory } = JSON.parse(line);
  assert.equal((await fetch(`${endpoint}/health`)).status, 200);
  assert.ok(existsSync(directory));
  holder.kill('SIGKILL');
  await eventually('the server to be gone', () =>
    fetch(endpoint).then(
      () => false,
      () => true,
    ),
  );
  await eventually('its folder to be gone', async () => !existsSync(directory));
});

test('a raw repository holds entries of every kind, and serves them by sha', async () => {
  const files = { 'data.dvc': { symlink: '/etc/passwd' }, 'we"ird\n\\x': 'bytes', run: { executable: '#!/bin/sh\n' } };
  await using raw = await makeRawRepository({ files: { ...files, sub: { submodule: '1'.repeat(40) } } });
  const { stdout } = await execa('git', ['-C', raw.directory, 'ls-tree', '-rz', raw.sha]);
  const entries = stdout
    .split('\0')
    .filter(Boolean)
    .map((entry) => entry.replace(/ \w+ \w+\t/, ' '));
  assert.deepEqual(entries.sort(), ['100644 we"ird\n\\x', '100755 run', '120000 data.dvc', '160000 sub']);
  const clone = mkdtempSync(join(folder, 'raw-'));
  await execa('git', ['init', '--quiet'], { cwd: clone });
  await execa('git', ['fetch', '--quiet', '--depth=1', raw.url, raw.sha], { cwd: clone });
  await using sha256 = await makeRawRepository({ files: { a: 'a' }, objectFormat: 'sha256' });
  assert.match(sha256.sha, /^[0-9a-f]{64}$/);
});

test('where there is no Python, one sentence says what to install', async () => {
  const module = join(import.meta.dirname, '..', '..', 'provision', 'dvc.ts');
  const script = `import(${JSON.stringify(module)}).then((m) => m.provideDvc()).catch((e) => console.log(e.message))`;
  const { stdout } = await execa(process.execPath, ['-e', script], { env: { PATH: folder } });
  assert.match(stdout, /^Python 3\.11 to 3\.14 is needed .* apt-get install python3 python3-pip\)\.$/);
});
