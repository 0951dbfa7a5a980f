/** A shard of which all has arrived: DVC verifies it without its remote, and still mends what scratch has damaged. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { provideDvc } from '../../provision/dvc.ts';
import { dvcForks } from '../../src/fetch/dvc/fork-server.ts';
import { byContent } from '../../src/fetch/dvc-format/object-naming.ts';
import { FetchFailure } from '../../src/fetch/failure/fetch-failure.ts';
import { scratchBudget } from '../../src/fetch/scratch/budget.ts';
import { pullShard } from '../../src/fetch/transfer/pull-shard.ts';
import { openShard, type Shard } from '../../src/fetch/transfer/shard.ts';
import { fetchContext } from '../support/fetch/context.ts';

const contents = { 'a/one': 'the first', 'a/two': 'the second', three: 'the third' };
const entries = Object.entries(contents).map(([relpath, content]) => ({
  md5: createHash('md5').update(content).digest('hex'),
  relpath,
}));
let folder: string;
let remote: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvc-injector-shard-'));
  remote = join(folder, 'remote');
  mkdirSync(remote);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(root: string, bytesOf: (content: string) => string): void {
  for (const { md5, relpath } of entries) {
    const path = join(root, byContent.path(md5));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytesOf(contents[relpath as keyof typeof contents]));
  }
}

/** Pulls a shard to which all of its objects came, with these bytes; returns what DVC checked out. */
async function pullComplete(bytesOf: (content: string) => string): Promise<Record<string, string>> {
  const { bin } = await provideDvc();
  const { signal } = new AbortController();
  const home = join(folder, 'home');
  mkdirSync(home);
  const env = { HOME: home, PATH: `${bin}:${process.env.PATH}` };
  const forks = dvcForks(env, folder, signal);
  const context = fetchContext({ signal, dvc: { folder, env, forks }, remote });
  const shard: Shard = await openShard(context, 'shard-1');
  put(join(shard.workspace.root, 'cache'), bytesOf);
  shard.present = [...entries];
  const pulled: number[] = [];
  for await (const each of pullShard(shard, scratchBudget(1e9), context)) pulled.push(each.present.length);
  assert.deepEqual(pulled, [entries.length]);
  return Object.fromEntries(
    entries.map(({ md5, relpath }) => [relpath, readFileSync(shard.workspace.file(md5), 'utf8')]),
  );
}

test('nothing is asked of the remote, which may have gone away meanwhile', async () => {
  rmSync(remote, { recursive: true });
  assert.deepEqual(await pullComplete((content) => content), contents);
});

test('an object that scratch has damaged is found and brought again', async () => {
  put(remote, (content) => content);
  assert.deepEqual(await pullComplete((content) => content.replace('second', 'SECOND')), contents);
});

test('one that the remote has not either ends the fetch', async () => {
  await assert.rejects(
    pullComplete((content) => content.replace('second', 'SECOND')),
    (error) => error instanceof FetchFailure && error.exit === 'notFound' && /a\/two/.test(error.message),
  );
});
